import type { ColumnTable } from "arquero";
import { isGoroutineDump } from "../read/goroutine-dump/is-goroutine-dump.js";
import { type GoroutineDump, parseGoroutineDump } from "../read/goroutine-dump/read-goroutine-dump.js";
import { headOf, type Input, type OpenInput, openInput } from "../read/open-input.js";
import type { ReadOptions } from "../read/read-options.js";
import { tableFromRows } from "../table/build-table.js";
import { dumpedGoroutinesSchema } from "../table/goroutine-dump.js";
import { leafColumn } from "../table/profile.js";
import { unparsedSchema } from "../table/unparsed.js";
import { type CaptureSource, sourceOf } from "./capture.js";
import { ProfileCapture } from "./profile-capture.js";
import { readAs } from "./read-as.js";

/**
 * A dump of goroutine stacks (`debug=2`, a crash, SIGQUIT). Each goroutine weighs 1, so the analyses of profiles
 * answer how many goroutines are where.
 */
export class GoroutineDumpCapture extends ProfileCapture {
  readonly kind = "goroutine-dump";
  private readonly dump: GoroutineDump;

  constructor(source: CaptureSource, dump: GoroutineDump) {
    super(source, "", [], dump.profile);
    this.dump = dump;
    const { sampleStack } = dump.profile;
    const leaf = leafColumn(dump.profile, sampleStack);
    this.define(dumpedGoroutinesSchema, () =>
      tableFromRows(
        dumpedGoroutinesSchema,
        dump.goroutines.map((row, i) => ({ ...row, stack_id: sampleStack[i], leaf: leaf.at(i) })),
      ),
    );
    this.define(unparsedSchema, () => tableFromRows(unparsedSchema, dump.unparsed));
  }

  get goroutines(): ColumnTable {
    return this.table("goroutines");
  }

  get unparsed(): ColumnTable {
    return this.table("unparsed");
  }

  override summary(): Record<string, unknown> {
    const states: Record<string, number> = {};
    for (const { state } of this.dump.goroutines) states[state] = (states[state] ?? 0) + 1;
    return {
      format: "goroutine-dump",
      goroutines: this.dump.goroutines.length,
      states,
      max_wait_minutes: this.dump.goroutines.reduce((max, row) => Math.max(max, row.wait_minutes), 0),
      top: this.top(),
      unparsed_lines: this.dump.unparsed.length,
      diagnostics: this.findings,
    };
  }
}

/** Loads a dump of goroutine stacks; see {@link GoroutineDumpCapture}. */
export async function loadGoroutineDump(
  input: OpenInput,
  options: ReadOptions = {},
): Promise<GoroutineDumpCapture> {
  return new GoroutineDumpCapture(sourceOf(input), await parseGoroutineDump(input, options));
}

/**
 * Reads goroutine stacks (`debug=2`, a crash, SIGQUIT) from a path, bytes or a stream; other text may surround them.
 *
 * @example
 * const dump = await readGoroutineDump("goroutines.txt");
 * dump.goroutines.filter((row) => row.wait_minutes >= 5).groupby("state", "leaf").count();
 */
export async function readGoroutineDump(
  input: Input,
  options: ReadOptions = {},
): Promise<GoroutineDumpCapture> {
  const opened = await openInput(input, options);
  const isOwn = isGoroutineDump(headOf(opened));
  return readAs("goroutine-dump", opened, isOwn, () => loadGoroutineDump(opened, options));
}
