import { CaptureError } from "../bytes/capture-error.js";
import type { Kind } from "../read/detect.js";
import type { OpenInput } from "../read/open-input.js";
import type { Capture } from "./capture.js";

/** Kinds whose readers themselves refuse what has nothing of theirs, wherever in the input that may be. */
const refusing: ReadonlySet<Kind> = new Set(["go-trace", "godebug", "perf-data", "go-bench", "operations"]);

/**
 * Reads an input as a kind that the caller named. One whose beginning is not of that kind is read where it could still
 * be (a log whose first runtime line comes late, a damaged profile), and refused when it is another kind's or nothing was read.
 *
 * @param isOwn whether the kind's own detector knows the input's beginning
 * @throws CaptureError in one line that says what the input looks like
 */
export async function readAs<C extends Capture>(
  kind: Kind,
  input: OpenInput,
  isOwn: boolean,
  read: () => Promise<C>,
): Promise<C> {
  if (isOwn) return read();
  const { describeUnknown, detectKind, kindNames } = await import("../read/detect.js");
  const other = detectKind(input);
  const place = { file: input.name };
  const wrong = (cause?: unknown): CaptureError =>
    new CaptureError(
      `is not ${kindNames[kind]}; it looks like ${other ? kindNames[other] : describeUnknown(input.head)}`,
      {
        place,
        remedy: other ? `leave its kind out, or name it: ${other}` : "check which file was meant",
        cause,
      },
    );
  if (other && !refusing.has(kind)) throw wrong();
  let capture: C;
  try {
    capture = await read();
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    if (other) throw wrong(error);
    throw new CaptureError(`${error.problem}; it looks like ${describeUnknown(input.head)}`, {
      place: { ...place, ...error.place },
      remedy: error.remedy,
      cause: error,
    });
  }
  if (isEmpty(capture)) throw wrong();
  return capture;
}

/** Whether a capture has nothing but what could not be read. */
function isEmpty(capture: Capture): boolean {
  return capture.tables().every(({ name, rows }) => rows === 0 || leftOver.has(name));
}
// A call tree has a root, and there is a stack without frames.
const leftOver: ReadonlySet<string> = new Set(["diagnostics", "unparsed", "call_tree", "stacks"]);
