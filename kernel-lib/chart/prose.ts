/** A piece of Markdown that a cell shows as its value, with figures put in from the data. */
export interface Prose {
  readonly markdown: string;
}

const displaySymbol = Symbol.for("Jupyter.display");

/**
 * Prose with figures from the cell: a template whose inserted values are text, whatever characters they hold, so that
 * a name from a capture can neither be markup nor a link. As a cell's last value it is shown as Markdown.
 *
 * @example
 * prose`The slowest wait took **${formatNs(1234567)}**.`.markdown // "The slowest wait took **1.23 ms**."
 */
export function prose(parts: TemplateStringsArray, ...values: readonly unknown[]): Prose {
  const markdown = parts.reduce(
    (text, part, index) => text + escapeMarkdown(String(values[index - 1])) + part,
  );
  return Object.assign(Object.create(null), {
    markdown,
    [displaySymbol]: () => ({ "text/markdown": markdown, "text/plain": markdown }),
  });
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>#|~&]/g, (character) => `\\${character}`).replaceAll("\n", " ");
}
