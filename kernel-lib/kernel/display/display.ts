/** Options of {@link display}. */
export interface DisplayOptions {
  /** A name under which a later `display` with `update` replaces this output. */
  id?: string;
  update?: boolean;
}

type Display = (value: unknown, options?: DisplayOptions) => Promise<void>;

/** Where the session of Tracebook's kernel keeps its own `display`, for this function to find. */
export const sessionDisplay: unique symbol = Symbol.for("tracebook.display") as never;

/** What a plain tslab kernel leaves for the cells it runs. */
interface Tslab {
  require(name: "tslab"): { display: { raw(type: string, data: unknown): void } };
}

/**
 * Draws a value in the middle of a cell as the cell's last value is drawn: tables, charts, captures, verdicts, text.
 * In Tracebook's kernel it is the `display` that every cell has; imported, a notebook also runs in a plain tslab
 * kernel, which is given the value's richest form (and knows no `options`). Outside a kernel it prints the value's text.
 *
 * @throws TypeError when JSON cannot carry what the value's own `Symbol.for("Jupyter.display")` gives.
 * @example
 * await display(latencyCdf(operations));
 */
export async function display(value: unknown, options?: DisplayOptions): Promise<void> {
  const kernel = globalThis as { [sessionDisplay]?: Display; __tslab__?: Tslab };
  if (kernel[sessionDisplay]) return kernel[sessionDisplay](value, options);
  const { mimeBundle } = await import("./mime-bundle.js");
  const bundle = await mimeBundle(value);
  const richest = Object.keys(bundle)[0];
  if (kernel.__tslab__) kernel.__tslab__.require("tslab").display.raw(richest, bundle[richest]);
  else process.stdout.write(`${bundle["text/plain"] ?? bundle[richest]}\n`);
}
