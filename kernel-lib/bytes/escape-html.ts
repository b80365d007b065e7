import { visibleText } from "./visible-text.js";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** As `visibleText`; a carriage return stays, which is a line break to HTML. */
export function withoutControls(text: string): string {
  return text.split("\r").map(visibleText).join("\r");
}

/**
 * Text as HTML text or as a quoted attribute's value: names, labels and log lines of captures never become markup.
 *
 * @example
 * escapeHtml("<b>&") // "&lt;b&gt;&amp;"
 */
export function escapeHtml(text: string): string {
  return withoutControls(text).replace(/[&<>"']/g, (character) => entities[character]);
}
