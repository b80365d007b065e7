import type { ColumnTable } from "arquero";
import { callTree, callTreeSchema } from "../analyze/call-tree.js";
import { topFunctions, topFunctionsSchema } from "../analyze/top-functions.js";
import type { Diagnostic } from "../read/diagnostics.js";
import type { HasProfile, ProfileColumns } from "../read/profile/profile-columns.js";
import {
  framesSchema,
  framesTable,
  functionsSchema,
  functionsTable,
  stacksSchema,
  stacksTable,
} from "../table/profile.js";
import { Capture, type CaptureSource } from "./capture.js";

/** One row of a summary's `top`. */
export interface TopFunction {
  function: string;
  flat: number;
  cum: number;
}

/** What every capture that is a profile has: functions, stacks and frames, the top functions and the call tree. */
export abstract class ProfileCapture extends Capture implements HasProfile {
  readonly profile: ProfileColumns;

  protected constructor(
    source: CaptureSource,
    version: string,
    findings: readonly Diagnostic[],
    profile: ProfileColumns,
  ) {
    super(source, version, findings);
    this.profile = profile;
    this.define(stacksSchema, () => stacksTable(profile));
    this.define(framesSchema, () => framesTable(profile));
    this.define(functionsSchema, () => functionsTable(profile));
    this.define(topFunctionsSchema, () => topFunctions(this));
    this.define(callTreeSchema, () => callTree(this));
  }

  get samples(): ColumnTable {
    return this.table("samples");
  }

  get stacks(): ColumnTable {
    return this.table("stacks");
  }

  get frames(): ColumnTable {
    return this.table("frames");
  }

  get functions(): ColumnTable {
    return this.table("functions");
  }

  get topFunctions(): ColumnTable {
    return this.table("top_functions");
  }

  get callTree(): ColumnTable {
    return this.table("call_tree");
  }

  /** The first functions by flat value, as summaries print them. */
  protected top(count = 20): TopFunction[] {
    const table = this.topFunctions;
    const rows = Math.min(count, table.numRows());
    return Array.from({ length: rows }, (_, row) => ({
      function: table.get("func", row) as string,
      flat: table.get("flat", row) as number,
      cum: table.get("cum", row) as number,
    }));
  }
}
