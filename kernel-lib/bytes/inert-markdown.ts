import { visibleText } from "./visible-text.js";

/**
 * Text as one line of Markdown that neither formats, nor links, nor ends what it stands in.
 *
 * @example
 * inertMarkdown("<b>\r# x [y](http://z)") // "&lt;b> \\# x \\[y\\](http&#58;//z)"
 */
export function inertMarkdown(text: string): string {
  return visibleText(text.replace(/\s*[\r\n]\s*/g, " "))
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/:\/\//g, "&#58;//");
}
