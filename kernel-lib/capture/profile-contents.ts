import { callTree, callTreeSchema } from "../analyze/call-tree.js";
import { topFunctions, topFunctionsSchema } from "../analyze/top-functions.js";
import type { HasProfile } from "../read/profile/profile-columns.js";
import { framesTable, functionsTable, stacksTable } from "../table/profile-tables.js";
import type { MakeTable, OwnTable } from "./format.js";
import type { ProfileCapture, ProfileTable, TopFunction } from "./profile-capture.js";

type MakesOf<C extends ProfileCapture> = { readonly [K in ProfileTable]: MakeTable<C> | OwnTable<C> };

/** How the tables that all profiles have are made. */
export function profileTables({ profile }: HasProfile): MakesOf<ProfileCapture> {
  return {
    stacks: () => stacksTable(profile),
    frames: () => framesTable(profile),
    functions: () => functionsTable(profile),
    topFunctions: { schema: topFunctionsSchema, make: topFunctions },
    callTree: { schema: callTreeSchema, make: callTree },
  };
}

/** The first functions by flat value, as summaries print them. */
export function topOf({ topFunctions: table }: ProfileCapture, count = 20): TopFunction[] {
  const rows = Math.min(count, table.numRows());
  return Array.from({ length: rows }, (_, row) => ({
    function: table.get("func", row) as string,
    flat: table.get("flat", row) as number,
    cum: table.get("cum", row) as number,
  }));
}
