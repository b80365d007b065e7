/** What every reader takes beside its input. */
export interface ReadOptions {
  /** Refuse a damaged capture with a CaptureError instead of keeping what can be read. */
  strict?: boolean;
  /** Read only from this many ns after the capture's start; of a trace, whole generations of about a second. */
  from?: number;
  /** Read only up to this many ns after the capture's start; of a trace, to the end of a generation. */
  to?: number;
  /** Called now and then with bytes done and bytes in all. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Stops the read; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Only the summary is wanted: a reader that can add it up without keeping rows does so, in less time and memory.
   * Tables stay to be had; the first one reads the capture again.
   */
  summaryOnly?: boolean;
  /** The name that messages give the input; a path names itself. */
  name?: string;
  /** Bytes a compressed input may unpack to before it is refused; 4 GiB unless given. */
  maxUnpackedBytes?: number;
}
