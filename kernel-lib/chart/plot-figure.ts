import type { PlotOptions } from "@observablehq/plot";
import { withoutControls } from "../bytes/escape-html.js";

const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** An Observable Plot figure that a notebook shows. */
export interface PlotFigure {
  /** Plot's own options, to edit before it is drawn. */
  readonly options: object;
  /** The chart in one sentence. */
  readonly description: string;
  /** The drawing as SVG text with xmlns. */
  svg(): Promise<string>;
  [displaySymbol](): Promise<Record<string, unknown>>;
}

/**
 * An Observable Plot figure for a cell to end with: Plot draws into a document, which Node has none of, so one is made
 * for the drawing. What is shown is SVG, with `description` as its one-line reading.
 *
 * @param options what `Plot.plot` takes
 * @example
 * plotFigure({ marks: [Plot.dot(waits, { x: "start_ns", y: "wait_ns" })] }, "waits over time");
 */
export function plotFigure(options: object, description: string): PlotFigure {
  const svg = () => drawn(options, description);
  return {
    options,
    description,
    svg,
    [displaySymbol]: async () => ({ "image/svg+xml": await svg(), "text/plain": description }),
  };
}

async function drawn(options: object, description: string): Promise<string> {
  const [{ plot }, { parseHTML }] = await Promise.all([import("@observablehq/plot"), import("linkedom")]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const figure = plot({ ariaLabel: description, ...options, document } as unknown as PlotOptions);
  // With a title or a legend Plot wraps its drawing into a figure element.
  const svgs =
    figure.tagName.toLowerCase() === "svg" ? [figure] : [...figure.querySelectorAll(":scope > svg")];
  const svg = svgs.at(-1);
  if (!svg) throw new Error("the Plot figure has no drawing");
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  return withoutControls(svg.outerHTML);
}
