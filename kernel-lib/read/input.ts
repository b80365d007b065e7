import type { Diagnostics } from "./diagnostics.js";

/** What a reader takes: a path, the bytes themselves, or a stream of them. */
export type Input = string | Uint8Array | AsyncIterable<Uint8Array>;

/** An input that has been opened: its beginning is known, the rest is read when asked. */
export interface OpenInput {
  /** The path as given, or the label of bytes and streams. */
  readonly name: string;
  /** Bytes as stored. */
  readonly storedBytes: number;
  readonly gzip: boolean;
  /** Up to the first MiB, unpacked. */
  readonly head: Uint8Array;
  /** What was found in it whatever its kind: its encoding, what its lines were packed in, a last line without end. */
  readonly findings: Diagnostics;
  /** Everything, unpacked, in one piece. */
  bytes(): Promise<Uint8Array>;
  /** Begins to read what {@link OpenInput.bytes} will be asked for, while its reader is being loaded. */
  prefetch(): void;
  /**
   * Everything, unpacked, in pieces; for captures that need not fit into memory. A piece is only valid until the next
   * one is asked for.
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Bytes `start` to `end` of it, unpacked, fewer at its end; synchronous, for columns that read when asked. */
  slice(start: number, end: number): Uint8Array;
}
