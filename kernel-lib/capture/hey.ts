import { isHey } from "../read/hey/is-hey.js";
import { heyRequestsSchema } from "../table/hey.js";
import { placedUnparsedSchema, unparsedColumns } from "../table/unparsed.js";
import type { Capture } from "./capture.js";
import { counted } from "./counted.js";
import type { Format, Tables } from "./format.js";

/** A run of the load generator hey (`hey -o csv`): what its clients measured. */
export interface HeyCapture extends Capture<"hey">, Tables<"heyRequests" | "unparsed"> {}

export const hey: Format<HeyCapture> = {
  kind: "hey",
  name: "the CSV of hey, the load generator",
  detect: isHey,
  tables: { heyRequests: heyRequestsSchema, unparsed: placedUnparsedSchema },
  // Its times count from its own start, which it does not print.
  clock: [],
  window: "rows",
  async read(input, options) {
    const [{ readHey }, { nearestRank, sortedNumbers }] = await Promise.all([
      import("../read/hey/read-hey.js"),
      import("../analyze/quantile.js"),
    ]);
    const { requests, unparsed, diagnostics } = await readHey(input, options);
    return {
      findings: diagnostics.all(),
      tables: {
        heyRequests: () => requests.columns(),
        unparsed: () => unparsedColumns(input, unparsed),
      },
      summary: () => {
        const rows = [...requests];
        const sorted = sortedNumbers(rows.map(({ dur_ns }) => dur_ns));
        return {
          format: "hey",
          requests: rows.length,
          statuses: counted(rows.map(({ status }) => String(status))),
          span_ns: rows.reduce((end, { start_ns, dur_ns }) => Math.max(end, start_ns + dur_ns), 0),
          dur_ns: {
            p50_ns: nearestRank(sorted, 0.5),
            p99_ns: nearestRank(sorted, 0.99),
            max_ns: sorted[sorted.length - 1],
          },
          unparsed_lines: unparsed.length,
        };
      },
    };
  },
};
