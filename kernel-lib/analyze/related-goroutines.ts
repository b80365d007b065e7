import type { ColumnTable } from "arquero";
import { buildTable } from "../table/build-table.js";
import { column } from "../table/schema.js";
import { type Analysis, neededTable } from "./analysis.js";
import { numbers, texts } from "./columns.js";
import type { TableOr } from "./table-source.js";

/** How many wakes apart goroutines may be to be related, as for Go's own tool. */
const usualSteps = 2;

export const relatedGoroutinesAnalysis: Analysis = {
  name: "relatedGoroutines",
  accepts: ["go-trace"],
  needs: { events: ["g", "resource_id", "resource", "from", "to"] },
  schema: {
    name: "related_goroutines",
    doc: "The goroutines that had to do with one, nearest first.",
    columns: [
      column("g", "float64", "the goroutine"),
      column("steps", "int32", "how many wakes away it is", { unit: "count" }),
    ],
  },
  asks: "the goroutine",
  build: relatedGoroutines,
};

/**
 * The goroutines that a goroutine had to do with: those that woke it, those that woke these, and so on, `steps` wakes far.
 * A wake is a transition out of Waiting in the context of a goroutine. The same as internal/trace's
 * RelatedGoroutinesV2, which `go tool trace` uses to show one goroutine's neighbours. Columns: g and steps (0 for the
 * goroutine itself); nearest first, then by id.
 *
 * @throws RangeError when the capture has no events of goroutines
 * @example
 * relatedGoroutines(trace, 1);
 */
export function relatedGoroutines(source: TableOr, g: number, steps: number = usualSteps): ColumnTable {
  const events = neededTable(relatedGoroutinesAnalysis, source);
  const wakers = wakersOf(events);
  const found = new Map([[g, 0]]);
  let latest = [g];
  for (let step = 1; step <= steps; step++) {
    const next = latest
      .flatMap((woken) => [...(wakers.get(woken) ?? [])])
      .filter((waker) => !found.has(waker));
    for (const waker of next) found.set(waker, step);
    latest = [...new Set(next)];
  }
  const rows = [...found].sort(([a, near], [b, far]) => near - far || a - b);
  return buildTable(relatedGoroutinesAnalysis.schema, {
    g: Float64Array.from(rows, ([id]) => id),
    steps: Int32Array.from(rows, ([, step]) => step),
  });
}

/** By goroutine, those in whose context it stopped waiting. */
function wakersOf(events: ColumnTable): Map<number, Set<number>> {
  const [operator, operand] = ["g", "resource_id"].map((name) => numbers(events, name));
  const [resource, from, to] = ["resource", "from", "to"].map((name) => texts(events, name));
  const isGoroutine = resource.values.indexOf("Goroutine");
  const wasWaiting = from.values.indexOf("Waiting");
  const isWaiting = to.values.indexOf("Waiting");
  const wakers = new Map<number, Set<number>>();
  for (let row = 0; row < operator.length; row++) {
    if (from.codes[row] !== wasWaiting || to.codes[row] === isWaiting) continue;
    if (resource.codes[row] !== isGoroutine || operator[row] < 0) continue;
    const known = wakers.get(operand[row]);
    if (known) known.add(operator[row]);
    else wakers.set(operand[row], new Set([operator[row]]));
  }
  return wakers;
}
