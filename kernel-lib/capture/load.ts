import { CaptureError } from "../bytes/capture-error.js";
import type { Input } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import type { Capture } from "./capture.js";
import type { Format } from "./format.js";
import { type Captures, formats, type LoadedCapture } from "./formats.js";
import { type Kind, kinds } from "./kinds.js";
import { readInput } from "./read-input.js";

/** Options of {@link load}: those of the readers, and the kind where the content does not tell. */
export interface LoadOptions extends ReadOptions {
  kind?: Kind;
}

/**
 * Loads a capture of any kind; the kind is told from the content, unless the options name it. What comes back is typed by
 * the kind that is named, else by asking: `if (capture.kind === "pprof") topFunctions(capture)`. Where the caller
 * knows the kind better than the content shows, a type can be named as well: `await load<TraceCapture>("go.trace")`.
 *
 * @throws CaptureError in one line when the input is not a capture, or damaged under `strict`.
 * @throws RangeError when the window that `from` and `to` give is empty
 */
export function load<K extends Kind>(
  input: Input,
  options: LoadOptions & { readonly kind: K },
): Promise<Captures[K]>;
export function load<T extends Capture = LoadedCapture>(input: Input, options?: LoadOptions): Promise<T>;
export async function load(input: Input, options: LoadOptions = {}): Promise<Capture> {
  const { kind } = options;
  if (kind !== undefined && !Object.hasOwn(formats, kind)) {
    throw new CaptureError(`there is no kind ${JSON.stringify(kind)}`, {
      place: { file: typeof input === "string" ? input : options.name },
      remedy: `kinds are ${kinds.join(", ")}`,
    });
  }
  return readInput(formats, input, options, kind === undefined ? [] : [formats[kind] as Format]);
}
