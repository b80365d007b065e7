/** Where in a capture something is wrong: a byte offset, or a line, and whatever else narrows it down. */
export interface CapturePlace {
  /** The file's name as the user gave it, or a label such as `<bytes>`. */
  readonly file?: string;
  /** Byte offset from the start of the (decompressed) capture. */
  readonly offset?: number;
  /** Line number, counted from 1, for text captures. */
  readonly line?: number;
  /** More context in the format's own terms: `gen 2, m 7`. */
  readonly context?: string;
}

/** `go.trace:0x1f3a (gen 2, m 7)`, `gc.log:41`: a place as it stands in front of a message. */
export function formatPlace(place: CapturePlace): string {
  let text = place.file ?? "<bytes>";
  if (place.line !== undefined) text += `:${place.line}`;
  else if (place.offset !== undefined) text += `:0x${place.offset.toString(16)}`;
  return place.context ? `${text} (${place.context})` : text;
}

/**
 * A capture cannot be read, or not as asked. The message is one line: place, problem, remedy.
 *
 * @example
 * new CaptureError("varint overflows 64 bits", {
 *   place: { file: "go.trace", offset: 0x1f3a, context: "gen 2, m 7" },
 *   remedy: "read without strict to keep the generations before it",
 * }).message
 * // "go.trace:0x1f3a (gen 2, m 7): varint overflows 64 bits; read without strict to keep the generations before it"
 */
export class CaptureError extends Error {
  override readonly name: string = "CaptureError";
  readonly problem: string;
  readonly place: CapturePlace;
  readonly remedy: string | undefined;

  constructor(problem: string, options: { place?: CapturePlace; remedy?: string; cause?: unknown } = {}) {
    const place = options.place ?? {};
    super(`${formatPlace(place)}: ${problem}${options.remedy ? `; ${options.remedy}` : ""}`, {
      cause: options.cause,
    });
    this.problem = problem;
    this.place = place;
    this.remedy = options.remedy;
  }

  /** The same error with what the thrower did not know filled in, such as the file's name. */
  at(place: CapturePlace): CaptureError {
    return new CaptureError(this.problem, {
      place: { ...place, ...this.place },
      remedy: this.remedy,
      cause: this.cause,
    });
  }
}
