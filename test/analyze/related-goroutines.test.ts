import { table } from "arquero";
import { expect, test } from "vitest";
import { relatedGoroutines } from "#lib/analyze/related-goroutines.js";
import { tableSource } from "#lib/analyze/table-source.js";

/** Transitions as the events table has them: g does it, to resource_id. */
function source(rows: [number, number, string, string][]) {
  const events = table({
    g: rows.map(([g]) => g),
    resource: rows.map(() => "Goroutine"),
    resource_id: rows.map(([, id]) => id),
    from: rows.map(([, , from]) => from),
    to: rows.map(([, , , to]) => to),
  });
  return tableSource({ events });
}

test("those that woke it, and those that woke these, are related; the runtime and other changes are not", () => {
  const trace = source([
    [2, 1, "Waiting", "Runnable"],
    [3, 2, "Waiting", "Runnable"],
    [4, 3, "Waiting", "Runnable"],
    [-1, 1, "Waiting", "Runnable"],
    [5, 1, "Runnable", "Running"],
    [6, 1, "Waiting", "Waiting"],
    [1, 7, "Waiting", "Runnable"],
  ]);
  expect(relatedGoroutines(trace, 1).objects()).toEqual([
    { g: 1, steps: 0 },
    { g: 2, steps: 1 },
    { g: 3, steps: 2 },
  ]);
  expect([...relatedGoroutines(trace, 1, 3).array("g")]).toEqual([1, 2, 3, 4]);
});
