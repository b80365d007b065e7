import { inertMarkdown } from "../bytes/inert-markdown.js";

const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** Text that a notebook shows as Markdown. */
export interface Markdown {
  readonly text: string;
  [displaySymbol](): Record<string, unknown>;
}

/**
 * A paragraph whose figures come from the cell: a template whose values are put in as plain text, so that a name out
 * of a capture can neither format nor link anything. As a cell's last value it is shown as Markdown.
 *
 * @example
 * markdown`Half of the **${waits.numRows()}** waits were shorter than ${formatNs(median)}.`
 */
export function markdown(parts: TemplateStringsArray, ...values: readonly unknown[]): Markdown {
  return shownMarkdown(
    parts.reduce((before, part, index) => `${before}${inertMarkdown(String(values[index - 1]))}${part}`),
  );
}

/** A text that is Markdown already, shown as such. */
export function shownMarkdown(text: string): Markdown {
  return {
    text,
    [displaySymbol]: () => ({ "text/markdown": text, "text/plain": text }),
  } as Markdown;
}
