import type { Head } from "../detector.js";

/** True for the beginning of `go test -json` output. */
export function isGoTestJson({ text }: Head): boolean {
  return /^\{(?:"Time":"[^"]*",)?"Action":"[a-z-]+"/m.test(text.slice(0, 65536));
}
