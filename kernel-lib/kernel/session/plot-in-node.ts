import type { Markish } from "@observablehq/plot";

type Plot = typeof import("@observablehq/plot");

const wrapped = new WeakMap<Plot, Promise<Plot>>();

/** Observable Plot as cells see it: it draws into a document, which a page has and Node has not, so it is given one. */
export function plotInNode(plot: Plot): Promise<Plot> {
  const known = wrapped.get(plot) ?? wrap(plot);
  wrapped.set(plot, known);
  return known;
}

async function wrap(plot: Plot): Promise<Plot> {
  const { parseHTML } = await import("linkedom");
  const withDocument = <T extends object>(options?: T): T => {
    const { document } = parseHTML("<!doctype html><html><body></body></html>");
    return { document, ...options } as T;
  };
  const draw: Plot["plot"] = (options) => plot.plot(withDocument(options));
  // What `Plot.dot(...).plot()` calls.
  plot.Mark.prototype.plot = function ({ marks = [], ...options } = {}) {
    // Plot's own types do not count a mark among what can be drawn.
    return draw({ ...options, marks: [...marks, this] as Markish[] });
  };
  return { ...plot, plot: draw, legend: (options) => plot.legend(withDocument(options)) };
}
