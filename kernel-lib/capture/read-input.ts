import { CaptureError } from "../bytes/capture-error.js";
import { describeUnknown } from "../read/describe-unknown.js";
import type { Head } from "../read/detector.js";
import type { Diagnostic } from "../read/diagnostics.js";
import { headOf, type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { Capture } from "./capture.js";
import type { Format } from "./format.js";
import { observed } from "./reading-observer.js";

/** Formats by kind, in the order in which they are asked whether an input is theirs. */
export type FormatList = Readonly<Record<string, Format>>;

/** The format of an input by its content, never by its name; undefined when it is none's. */
export function detectFormat(formats: FormatList, head: Head): Format | undefined {
  return Object.values(formats).find(({ detect }) => detect(head));
}

/**
 * Reads an input as one of the kinds that the caller names, or of all, as its content tells. Every option means the same for
 * every kind here: what a kind cannot do is refused before anything is read.
 *
 * @throws CaptureError in one line, which names the input, when it is not a capture, another kind's than was named, or
 *   damaged under `strict`
 * @throws RangeError when the window is none
 */
export async function readInput(
  formats: FormatList,
  input: Input,
  options: ReadOptions,
  named: readonly Format[] = [],
): Promise<Capture> {
  checkWindow(options);
  options.signal?.throwIfAborted();
  const kind = named.length === 1 ? named[0].kind : undefined;
  const opened = await openInput(input, { ...options, kind });
  try {
    const head = headOf(opened);
    const own = (named.length > 0 ? named : Object.values(formats)).find(({ detect }) => detect(head));
    const format = own ?? named.at(-1);
    if (!format) throw unknownKind(formats, opened);
    refuseWindow(format, options);
    return await observed(opened, options, (observing) =>
      own
        ? readWhole(format, opened, observing)
        : readForeign(format, detectFormat(formats, head), opened, observing),
    );
  } catch (error) {
    throw error instanceof CaptureError ? error.at({ file: opened.name }) : error;
  }
}

async function readWhole(format: Format, input: OpenInput, options: ReadOptions): Promise<Capture> {
  let toldDone = false;
  const { onProgress } = options;
  const reading: ReadOptions = onProgress
    ? {
        ...options,
        onProgress: (done, total) => {
          toldDone = done >= total;
          onProgress(done, total);
        },
      }
    : options;
  // What makes tables of the rows is loaded while the rows are read.
  const [contents, { captureOf }] = await Promise.all([
    format.read(input, reading),
    import("./table-capture.js"),
  ]);
  options.signal?.throwIfAborted();
  if (!toldDone) onProgress?.(input.storedBytes, input.storedBytes);
  const capture = captureOf(format, input, contents);
  if (options.strict) refuseLoss(capture.findings);
  return capture;
}

/**
 * Reads an input as a kind that its beginning is not of. It is read where it could still be (a log whose first
 * runtime line comes late, a damaged profile), and refused when it is another kind's or nothing was read.
 */
async function readForeign(
  format: Format,
  other: Format | undefined,
  input: OpenInput,
  options: ReadOptions,
): Promise<Capture> {
  const place = { file: input.name };
  const wrong = (cause?: unknown): CaptureError =>
    new CaptureError(`is not ${format.name}; it looks like ${other?.name ?? describeUnknown(input.head)}`, {
      place,
      remedy: other ? `leave its kind out, or name it: ${other.kind}` : "check which file was meant",
      cause,
    });
  if (other && !format.searches) throw wrong();
  let capture: Capture;
  try {
    capture = await readWhole(format, input, options);
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (other) throw wrong(error);
    throw new CaptureError(`${error.problem}; it looks like ${describeUnknown(input.head)}`, {
      place: { ...place, ...error.place },
      remedy: error.remedy,
      cause: error,
    });
  }
  if (capture.findings.some(({ code }) => code === "no-rows")) throw wrong();
  return capture;
}

/** A window that begins before it ends, at or after the capture's start. */
function checkWindow({ from = 0, to = Number.POSITIVE_INFINITY }: ReadOptions): void {
  if (!(from >= 0)) throw new RangeError(`from must be 0 ns or more after the capture's start, not ${from}`);
  if (Number.isNaN(to)) throw new RangeError("to must be a number of ns after the capture's start, not NaN");
  if (from >= to) {
    throw new RangeError(`the window from ${from} ns to ${to} ns is empty; from must be before to`);
  }
}

function refuseWindow(format: Format, { from, to }: ReadOptions): void {
  if (format.window !== "none" || (from === undefined && to === undefined)) return;
  throw new CaptureError(`${format.name} cannot be cut by time`, {
    remedy: "leave from and to out, and filter its tables where they have times",
  });
}

// Readers that know more of the place refuse earlier; what any of them has found lost is refused here.
function refuseLoss(findings: readonly Diagnostic[]): void {
  const loss = findings.find(({ severity }) => severity === "loss");
  if (!loss) return;
  throw new CaptureError(loss.message, {
    place: loss.place,
    remedy: "read without strict to keep what is there",
  });
}

function unknownKind(formats: FormatList, input: OpenInput): CaptureError {
  return new CaptureError(`looks like ${describeUnknown(input.head)}, not like a capture`, {
    remedy: `name its kind if you know better: ${Object.keys(formats).join(", ")}`,
  });
}
