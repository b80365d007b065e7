// Draws docs/picture.svg with the library's own renderer from a shipped capture: the last cell of notebooks/00-tour.ipynb.
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..");

/** The picture of the README, as SVG. */
export async function picture() {
  const tb = await import(pathToFileURL(join(root, "kernel-lib/dist/index.js")).href);
  const at = (name) => join(root, "datasets/spikes", name);
  const trace = await tb.readTrace(at("go1.26.trace"));
  const log = await tb.readOperations(at("go1.26.operations.csv.gz"));
  const requests = tb
    .align(log.operations, log, trace)
    .filter((d) => d.kind === "request")
    .reify();
  return tb.renderSvg(
    tb.spikesOverBands(requests, trace.ranges, { quantile: 0.99, from_ns: 4e9, to_ns: 4.3e9 }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(join(root, "docs/picture.svg"), await picture());
}
