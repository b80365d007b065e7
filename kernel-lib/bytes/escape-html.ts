const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text whose control characters, which XML does not allow and terminals obey, stand as U+FFFD. */
export function withoutControls(text: string): string {
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "\ufffd");
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
