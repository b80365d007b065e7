const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;
const unreadMediaType = "application/vnd.tracebook.unread+json";

/** Files that could not be read; shown as what is missing from a page. */
export interface Unread {
  /** Each one's error in one line: `go.trace:0x1f3a: problem; remedy`. */
  readonly messages: readonly string[];
  [displaySymbol](): Record<string, unknown>;
}

/** What is shown of the files that could not be read, of so many. */
export function unreadOf(messages: readonly string[], count: number): Unread {
  const text =
    messages.length === 0
      ? `All ${count} files were read.`
      : [
          `${messages.length} of ${count} files could not be read, and nothing below is of them:`,
          ...messages,
        ].join("\n");
  return {
    messages,
    [displaySymbol]: () => ({
      "text/plain": text,
      ...(messages.length > 0 && { [unreadMediaType]: messages }),
    }),
  };
}

/** The messages of the files that an executed notebook could not read. */
export function unreadIn(notebook: {
  readonly cells: readonly { readonly outputs?: readonly object[] }[];
}): string[] {
  return notebook.cells
    .flatMap(({ outputs }) => outputs ?? [])
    .flatMap((output) => (output as { data?: Record<string, unknown> }).data?.[unreadMediaType] ?? [])
    .filter((message) => typeof message === "string");
}
