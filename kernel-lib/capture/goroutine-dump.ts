import { isGoroutineDump } from "../read/goroutine-dump/is-goroutine-dump.js";
import { dumpedGoroutinesSchema } from "../table/goroutine-dump.js";
import { sampleLabelsSchema } from "../table/profile.js";
import { unparsedSchema } from "../table/unparsed.js";
import { counted } from "./counted.js";
import type { Format, Tables } from "./format.js";
import { type ProfileCapture, profileSchemas } from "./profile-capture.js";

/**
 * A dump of goroutine stacks (`debug=2`, a crash, SIGQUIT). Each goroutine weighs 1, so the analyses of profiles
 * answer how many goroutines are where.
 */
export interface GoroutineDumpCapture
  extends ProfileCapture<"goroutine-dump">,
    Tables<"goroutines" | "sampleLabels" | "unparsed"> {}

export const goroutineDump: Format<GoroutineDumpCapture> = {
  kind: "goroutine-dump",
  name: "a dump of goroutine stacks",
  detect: isGoroutineDump,
  tables: {
    ...profileSchemas,
    goroutines: dumpedGoroutinesSchema,
    sampleLabels: sampleLabelsSchema,
    unparsed: unparsedSchema,
  },
  clock: [],
  window: "none",
  async read(input, options) {
    const [{ parseGoroutineDump }, { profileTables, topOf }, { leafColumn, sampleLabelsTable }] =
      await Promise.all([
        import("../read/goroutine-dump/read-goroutine-dump.js"),
        import("./profile-contents.js"),
        import("../table/profile-tables.js"),
      ]);
    const dump = await parseGoroutineDump(input, options);
    const { goroutines, profile, unparsed } = dump;
    const { sampleStack } = profile;
    return {
      tables: {
        ...profileTables(dump),
        goroutines: () => {
          const leaf = leafColumn(profile, sampleStack);
          return goroutines.map((row, i) => ({ ...row, stack_id: sampleStack[i], leaf: leaf.at(i) }));
        },
        sampleLabels: () => sampleLabelsTable(profile),
        unparsed: () => unparsed,
      },
      members: { profile },
      summary: (capture) => ({
        format: "goroutine-dump",
        goroutines: goroutines.length,
        states: counted(goroutines.map(({ state }) => state)),
        max_wait_minutes: goroutines.reduce((max, row) => Math.max(max, row.wait_minutes), 0),
        top: topOf(capture),
        unparsed_lines: unparsed.length,
      }),
    };
  },
};
