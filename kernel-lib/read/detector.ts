/** The beginning of an input, as bytes and as text, for a detector to look at. */
export interface Head {
  readonly bytes: Uint8Array;
  /** The same as text; bytes that are not UTF-8 became U+FFFD. */
  readonly text: string;
}

/**
 * Says whether an input's beginning is of one kind. Each lives in a file of its own beside its reader: all are asked
 * of a capture, and one reader is loaded.
 */
export type Detector = (head: Head) => boolean;
