import type { CostFile } from "../read/cachegrind/read-cost-file.js";

/**
 * What each function cost with all it called, one column for each event, by callgrind_annotate's definition: the sum
 * over the calls of it, or for a function that nothing calls its own cost and that of its calls. A recursive function's
 * calls of itself are counted at each level, so its figure can exceed the total.
 */
export function inclusiveCosts({ functions, self, calls }: CostFile): Float64Array[] {
  const isCalled = new Uint8Array(functions.length);
  for (const callee of calls.callee) isCalled[callee] = 1;
  return self.map((own, event) => {
    const inclusive = own.map((cost, fn) => (isCalled[fn] ? 0 : cost));
    const costs = calls.costs[event];
    for (let call = 0; call < costs.length; call++) {
      inclusive[calls.callee[call]] += costs[call];
      if (!isCalled[calls.caller[call]]) inclusive[calls.caller[call]] += costs[call];
    }
    return inclusive;
  });
}
