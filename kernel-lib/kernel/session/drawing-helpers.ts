import { readFileSync } from "node:fs";
import { escapeHtml } from "../../bytes/escape-html.js";
import { imageType } from "../display/image-type.js";
import type { MimeBundle } from "./messages.js";

/** What a front end draws, with the method by which it is asked for that. */
class Drawn {
  readonly bundle: MimeBundle;

  constructor(bundle: MimeBundle) {
    this.bundle = bundle;
  }

  [Symbol.for("Jupyter.display")](): MimeBundle {
    return this.bundle;
  }
}

type Source = string | TemplateStringsArray;

// As a tag, what is put into the template is text and stays text.
function written(source: Source, values: readonly unknown[], asText: (text: string) => string): string {
  if (typeof source === "string" || !Array.isArray(source)) return String(source);
  return String.raw({ raw: source }, ...values.map((value) => asText(String(value))));
}

const inMarkdown = (text: string): string => escapeHtml(text).replace(/[\\`*_[\]#|~]/g, "\\$&");

/** What cells draw with beside values that draw themselves. */
export const drawingHelpers: Readonly<Record<string, (...given: never[]) => unknown>> = {
  html: (source: Source, ...values: unknown[]) =>
    new Drawn({ "text/html": written(source, values, escapeHtml), "text/plain": "HTML" }),
  md: (source: Source, ...values: unknown[]) => {
    const text = written(source, values, inMarkdown);
    return new Drawn({ "text/markdown": text, "text/plain": text });
  },
  svg: (source: Source, ...values: unknown[]) =>
    new Drawn({ "image/svg+xml": written(source, values, escapeHtml), "text/plain": "a drawing" }),
  image: (source: Uint8Array | string) => {
    const bytes = typeof source === "string" ? readFileSync(source) : source;
    const type = imageType(bytes);
    if (!type) throw new TypeError("image: not a PNG, JPEG, GIF or WebP; for an SVG use svg(text)");
    return new Drawn({
      [type]: Buffer.from(bytes).toString("base64"),
      "text/plain": `an image of ${bytes.length} bytes`,
    });
  },
  json: (value: unknown) =>
    new Drawn({ "application/json": value, "text/plain": JSON.stringify(value, null, 2) ?? "undefined" }),
};
