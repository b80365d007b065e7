import { type DictionaryColumn, dictionaryColumn, StringDictionary } from "../../bytes/dictionary.js";
import { Growable } from "../../bytes/growable.js";
import { type ComputedColumn, computedColumn } from "../../bytes/lazy-column.js";

type Numbers = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

const blockShift = 10;
const blockRows = 1 << blockShift;
const blockMask = blockRows - 1;

/** Rows of so many numbers each, in blocks: nothing is copied when there are more. */
class RowBlocks<A extends Numbers> {
  private readonly blocks: A[] = [];
  private readonly width: number;
  private readonly newBlock: (length: number) => A;

  constructor(width: number, newBlock: (length: number) => A) {
    this.width = width;
    this.newBlock = newBlock;
  }

  /** The block a row lies in, made where the row is the first of it. */
  of(row: number): A {
    const index = row >> blockShift;
    if (index === this.blocks.length) this.blocks.push(this.newBlock(blockRows * this.width));
    return this.blocks[index];
  }

  get(row: number, index: number): number {
    return this.blocks[row >> blockShift][(row & blockMask) * this.width + index];
  }

  /** One number of each row. */
  column(index: number, rows: number): Float64Array {
    const column = new Float64Array(rows);
    for (let first = 0; first < rows; first += blockRows) {
      const block = this.blocks[first >> blockShift];
      const last = Math.min(rows, first + blockRows);
      for (let row = first, at = index; row < last; row++, at += this.width) column[row] = block[at];
    }
    return column;
  }
}

/** Rows of numbers under names, stored row by row. Cells that a row does not give are NaN. */
export class NumberRows<N extends string = string> {
  length = 0;
  private readonly names: readonly N[];
  private readonly position: Record<string, number>;
  private data: RowBlocks<Float64Array>;

  constructor(names: readonly N[]) {
    this.names = names;
    this.position = Object.fromEntries(names.map((name, index) => [name, index]));
    this.data = this.newData();
  }

  private newData(): RowBlocks<Float64Array> {
    return new RowBlocks(this.names.length, (length) => new Float64Array(length).fill(Number.NaN));
  }

  push(values: Partial<Record<N, number>>): number {
    const row = this.length++;
    const block = this.data.of(row);
    const start = (row & blockMask) * this.names.length;
    for (const name in values) block[start + this.position[name]] = values[name] as number;
    return row;
  }

  /** A row with its first columns set. */
  pushList(values: ArrayLike<number>): number {
    const row = this.length++;
    const block = this.data.of(row);
    const start = (row & blockMask) * this.names.length;
    for (let index = 0; index < values.length; index++) block[start + index] = values[index];
    return row;
  }

  get(row: number, name: N): number {
    return this.data.get(row, this.position[name]);
  }

  set(row: number, name: N, value: number): void {
    this.data.of(row)[(row & blockMask) * this.names.length + this.position[name]] = value;
  }

  column(name: N): Float64Array {
    return this.data.column(this.position[name], this.length);
  }

  /** What reads a column's cells; undefined where there is no such column. */
  cellsOf(name: N): ((row: number) => number) | undefined {
    const position = this.position[name];
    return position === undefined ? undefined : (row) => this.data.get(row, position);
  }

  columns(): Record<N, Float64Array> {
    return Object.fromEntries(this.names.map((name) => [name, this.column(name)])) as Record<N, Float64Array>;
  }

  /** Keeps these rows, given in order, and drops the others. */
  retain(rows: readonly number[]): void {
    const old = this.data;
    this.data = this.newData();
    this.length = 0;
    for (const row of rows) this.pushList(this.names.map((_, index) => old.get(row, index)));
  }

  /** Drops all rows. */
  clear(): void {
    this.length = 0;
    this.data = this.newData();
  }
}

/** A column of texts that repeat: each distinct one is kept once. */
export class Texts {
  private codes = new Growable(Int32Array, 256);
  private readonly distinct = new StringDictionary();

  push(text: string): void {
    this.codes.push(this.distinct.code(text));
  }

  column(): DictionaryColumn {
    return dictionaryColumn(this.codes.finish(), this.distinct.values);
  }

  /** Keeps these rows, given in order, and drops the others. */
  retain(rows: readonly number[]): void {
    const old = this.codes;
    this.codes = new Growable(Int32Array, 256);
    for (const row of rows) this.codes.push(old.get(row));
  }
}

/** The eight times of a gctrace line in printed order: three of the wall clock, then five of the processors. */
export const phaseNames = [
  "stw_sweep_term",
  "mark",
  "stw_mark_term",
  "cpu_sweep_term",
  "cpu_assist",
  "cpu_background",
  "cpu_idle",
  "cpu_mark_term",
] as const;

/** The sizes of a gctrace line, in MiB rounded down. */
export const sizeNames = [
  "heap_start_mb",
  "heap_end_mb",
  "heap_live_mb",
  "heap_goal_mb",
  "stacks_mb",
  "globals_mb",
] as const;

/** A gctrace line's numbers that come one by one; its times and sizes come as lists. */
export interface CycleNumbers {
  line: number;
  process: number;
  gc: number;
  timeNs: number;
  percent: number;
  /** Two bits for each time: how many digits it has after the point, which is what its error comes from. */
  decimals: number;
  procs: number;
  /** Bit flags: {@link forcedFlag}, {@link periodicFlag}, {@link leakCheckFlag}. */
  flags: number;
}

// The whole numbers of a cycle that come one by one, in the order they are stored.
const whole = { process: 0, percent: 1, procs: 2, decimals: 3, flags: 4 } as const;
const wholeWidth = 5;

/** gctrace lines, 124 bytes each: about as much as the line itself. */
export class CycleColumns {
  rows = 0;
  private lines = new RowBlocks(2, (length) => new Uint32Array(length));
  private wholes = new RowBlocks(wholeWidth, (length) => new Int32Array(length));
  private times = new RowBlocks(1, (length) => new Float64Array(length));
  private phases = new RowBlocks(phaseNames.length, (length) => new Float64Array(length));
  private sizes = new RowBlocks(sizeNames.length, (length) => new Int32Array(length));

  /** Sizes that the line does not have are -1. */
  push(cycle: CycleNumbers, phases: Float64Array, sizes: Int32Array): void {
    const row = this.rows++;
    const inBlock = row & blockMask;
    const lines = this.lines.of(row);
    lines[inBlock * 2] = cycle.line;
    lines[inBlock * 2 + 1] = cycle.gc;
    this.times.of(row)[inBlock] = cycle.timeNs;
    const wholes = this.wholes.of(row);
    const first = inBlock * wholeWidth;
    wholes[first + whole.process] = cycle.process;
    wholes[first + whole.percent] = cycle.percent;
    wholes[first + whole.procs] = cycle.procs;
    wholes[first + whole.decimals] = cycle.decimals;
    wholes[first + whole.flags] = cycle.flags;
    this.phases.of(row).set(phases, inBlock * phases.length);
    this.sizes.of(row).set(sizes, inBlock * sizes.length);
  }

  /** One of the eight times of a cycle, in ns. */
  phase(row: number, phase: number): number {
    return this.phases.get(row, phase);
  }

  phaseError(row: number, phase: number): number {
    return phaseErrorNs(this.phase(row, phase), decimalsOf(this.wholes.get(row, whole.decimals), phase));
  }

  size(row: number, size: number): number {
    return this.sizes.get(row, size);
  }

  setFlag(row: number, flag: number): void {
    this.wholes.of(row)[(row & blockMask) * wholeWidth + whole.flags] |= flag;
  }

  hasFlag(row: number, flag: number): boolean {
    return (this.wholes.get(row, whole.flags) & flag) !== 0;
  }

  process(row: number): number {
    return this.wholes.get(row, whole.process);
  }

  line(row: number): number {
    return this.lines.get(row, 0);
  }

  gc(row: number): number {
    return this.lines.get(row, 1);
  }

  timeNs(row: number): number {
    return this.times.get(row, 0);
  }

  /** Share of processor time since the start, in percent. */
  percent(row: number): number {
    return this.wholes.get(row, whole.percent);
  }

  procs(row: number): number {
    return this.wholes.get(row, whole.procs);
  }

  /** Keeps these rows, given in order, and drops the others. */
  retain(rows: readonly number[]): void {
    const old = Object.assign(new CycleColumns(), this);
    this.clear();
    for (const row of rows) {
      const [process, percent, procs, decimals, flags] = [0, 1, 2, 3, 4].map((i) => old.wholes.get(row, i));
      const cycle = { line: old.line(row), gc: old.gc(row), timeNs: old.timeNs(row) };
      const phases = Float64Array.from(phaseNames, (_, phase) => old.phase(row, phase));
      const sizes = Int32Array.from(sizeNames, (_, size) => old.size(row, size));
      this.push({ ...cycle, process, percent, procs, decimals, flags }, phases, sizes);
    }
  }

  /** Drops all rows. */
  clear(): void {
    Object.assign(this, new CycleColumns());
  }
}

/** Two bits for each time. */
function decimalsOf(decimals: number, phase: number): number {
  return (decimals >> (phase * 2)) & 3;
}

export const forcedFlag = 1;
export const periodicFlag = 2;
export const leakCheckFlag = 4;

/** What rounding hides of a printed time of `ns` with so many decimals of a millisecond. */
export function phaseErrorNs(ns: number, decimals: number): number {
  // The runtime cuts digits off, never rounds up: whole ms from 10 ms, else two digits, at most three decimals.
  // A plain 0 means below a microsecond.
  return ns === 0 && decimals === 0 ? 1e3 : unitNs[decimals];
}
const unitNs = [1e6, 1e5, 1e4, 1e3];

/** The kinds of pacer lines, and what each says; all begin with where the line is and whose. */
export const pacerKinds = ["start", "end", "sweep"] as const;
export type PacerKind = (typeof pacerKinds)[number];
const pacerPlace = ["line", "process", "gc"] as const;
export const pacerNames: Record<PacerKind, readonly string[]> = {
  start: [
    ...pacerPlace,
    "assist_ratio",
    "assist_ratio_err",
    "scan_mb",
    "heap_start_mb",
    "heap_goal_mb",
    "dedicated_workers",
    "fractional_workers",
    "fractional_workers_err",
  ],
  end: [
    ...pacerPlace,
    "cpu_percent",
    "goal_cpu_percent",
    "heap_work_bytes",
    "stack_work_bytes",
    "globals_work_bytes",
    "expected_work_bytes",
    "trigger_bytes",
    "live_bytes",
    "goal_delta_bytes",
    "cons_mark",
    "cons_mark_err",
  ],
  sweep: [
    ...pacerPlace,
    "sweep_heap_mb",
    "sweep_allocated_mb",
    "swept_pages",
    "pages_per_byte",
    "pages_per_byte_err",
  ],
};

/** Pacer lines: a table of numbers for each kind of them, and the order in which the kinds came. */
export class PacerColumns {
  private order = new Growable(Uint8Array, 256);
  readonly kinds: Record<PacerKind, NumberRows> = {
    start: new NumberRows(pacerNames.start),
    end: new NumberRows(pacerNames.end),
    sweep: new NumberRows(pacerNames.sweep),
  };

  get length(): number {
    return this.order.length;
  }

  /** Adds a line; the row's number is that among lines of its kind. */
  push(kind: PacerKind, values: ArrayLike<number>): number {
    this.order.push(pacerKinds.indexOf(kind));
    return this.kinds[kind].pushList(values);
  }

  /**
   * Every column of every kind, read from the lines when a cell is asked for; NaN where a line is of a kind that does not
   * have it.
   */
  columns(): Record<string, ComputedColumn<number>> {
    const order = this.order.finish();
    // The number of each line among those of its kind.
    const rank = new Uint32Array(order.length);
    const next = [0, 0, 0];
    for (let row = 0; row < order.length; row++) rank[row] = next[order[row]]++;
    const names = new Set(pacerKinds.flatMap((kind) => pacerNames[kind]));
    return Object.fromEntries(
      Array.from(names, (name) => {
        const cells = pacerKinds.map((kind) => this.kinds[kind].cellsOf(name));
        return [name, computedColumn(order.length, (row) => cells[order[row]]?.(rank[row]) ?? Number.NaN)];
      }),
    );
  }

  kindColumn(): DictionaryColumn {
    return dictionaryColumn(this.order.finish(), pacerKinds);
  }

  /** Drops all rows. */
  clear(): void {
    this.order = new Growable(Uint8Array, 256);
    for (const kind of pacerKinds) this.kinds[kind].clear();
  }

  /** Keeps the lines that the test accepts. */
  retain(wanted: (row: { line: number; process: number; gc: number }) => boolean): void {
    const order = this.order.finish();
    const next = [0, 0, 0];
    const kept: number[][] = [[], [], []];
    this.order = new Growable(Uint8Array, 256);
    for (const code of order) {
      const rows = this.kinds[pacerKinds[code]];
      const row = next[code]++;
      const place = {
        line: rows.get(row, "line"),
        process: rows.get(row, "process"),
        gc: rows.get(row, "gc"),
      };
      if (!wanted(place)) continue;
      kept[code].push(row);
      this.order.push(code);
    }
    for (const [code, kind] of pacerKinds.entries()) this.kinds[kind].retain(kept[code]);
  }
}

export const scavengerNames = [
  "line",
  "process",
  "background_kib",
  "eager_kib",
  "work_kib",
  "released_kib",
  "util_percent",
  "forced",
  "controller_reset",
] as const;

export const schedNames = [
  "line",
  "process",
  "time_ns",
  "gomaxprocs",
  "idleprocs",
  "threads",
  "spinningthreads",
  "needspinning",
  "idlethreads",
  "runqueue",
  "local_runqueue",
  "gcwaiting",
  "nmidlelocked",
  "stopwait",
  "sysmonwait",
] as const;

export const schedProcNames = [
  "snapshot",
  "line",
  "p",
  "status",
  "schedtick",
  "syscalltick",
  "m",
  "runqsize",
  "gfreecnt",
  "timerslen",
] as const;
export const schedThreadNames = [
  "snapshot",
  "line",
  "m",
  "p",
  "curg",
  "mallocing",
  "throwing",
  "locks",
  "dying",
  "spinning",
  "blocked",
  "lockedg",
] as const;
export const schedGoroutineNames = ["snapshot", "line", "g", "status", "m", "lockedm"] as const;

export const initNames = [
  "line",
  "process",
  "time_ns",
  "time_err_ns",
  "clock_ns",
  "clock_err_ns",
  "bytes",
  "allocs",
] as const;

export const scanNames = [
  "line",
  "process",
  "gc",
  "sparse_objects",
  "span_sparse_objects",
  "span_dense_objects",
  "objects",
  "sparse_spans",
  "dense_spans",
  "spans",
] as const;

/** A process that wrote runtime lines into the log. */
export interface LogProcess {
  process: number;
  /** What told it from others in the lines' prefixes: `api[4711]`, `web-1`; "" when nothing did. */
  label: string;
  first_line: number;
  cycles: number;
}

/** A GODEBUG log as columns: what its lines say, whose they are, and where the lines are that say nothing. */
export class GodebugColumns {
  readonly cycles: CycleColumns = new CycleColumns();
  readonly pacer: PacerColumns = new PacerColumns();
  readonly scavenger: NumberRows<(typeof scavengerNames)[number]> = new NumberRows(scavengerNames);
  readonly sched: NumberRows<(typeof schedNames)[number]> = new NumberRows(schedNames);
  runqueues: (string | null)[] = [];
  schedticks: (string | null)[] = [];
  readonly schedProcs: NumberRows<(typeof schedProcNames)[number]> = new NumberRows(schedProcNames);
  readonly schedThreads: NumberRows<(typeof schedThreadNames)[number]> = new NumberRows(schedThreadNames);
  readonly preemptOff: Texts = new Texts();
  readonly schedGoroutines: NumberRows<(typeof schedGoroutineNames)[number]> = new NumberRows(
    schedGoroutineNames,
  );
  readonly waitReasons: Texts = new Texts();
  readonly inits: NumberRows<(typeof initNames)[number]> = new NumberRows(initNames);
  readonly initPackages: Texts = new Texts();
  readonly scans: NumberRows<(typeof scanNames)[number]> = new NumberRows(scanNames);
  readonly scanClasses: Texts = new Texts();
  unparsedLine: Growable<Uint32Array> = new Growable(Uint32Array, 256);
  unparsedOffset: Growable<Float64Array> = new Growable(Float64Array, 256);
  processes: readonly LogProcess[] = [];
  /** All lines of the log. */
  lines = 0;

  /** Keeps lines that are none of the runtime's from `first` to `last`. */
  retainUnparsed(first: number, last: number): void {
    const [lines, offsets] = [this.unparsedLine.finish(), this.unparsedOffset.finish()];
    this.clearUnparsed();
    for (let row = 0; row < lines.length; row++) {
      if (lines[row] < first || lines[row] > last) continue;
      this.unparsedLine.push(lines[row]);
      this.unparsedOffset.push(offsets[row]);
    }
  }

  /** Drops all rows. */
  clear(): void {
    this.cycles.clear();
    this.pacer.clear();
    for (const rows of [this.scavenger, this.sched, this.inits, this.scans]) rows.clear();
    for (const rows of [this.schedProcs, this.schedThreads, this.schedGoroutines]) rows.clear();
    for (const texts of [this.preemptOff, this.waitReasons, this.initPackages, this.scanClasses]) {
      texts.retain([]);
    }
    this.runqueues = [];
    this.schedticks = [];
    this.clearUnparsed();
  }

  private clearUnparsed(): void {
    this.unparsedLine = new Growable(Uint32Array, 256);
    this.unparsedOffset = new Growable(Float64Array, 256);
  }
}

/** What a summary says of a log. */
export class GodebugSums {
  cycles = 0;
  forced = 0;
  pacerLines = 0;
  scavLines = 0;
  schedLines = 0;
  unparsedLines = 0;
  stwNs = 0;
  stwErrNs = 0;
  markNs = 0;
  markErrNs = 0;
  maxHeapMb = 0;

  add(columns: GodebugColumns): this {
    const { cycles } = columns;
    for (let row = 0; row < cycles.rows; row++) this.addCycle(cycles, row);
    this.cycles += cycles.rows;
    this.pacerLines += columns.pacer.length;
    this.scavLines += columns.scavenger.length;
    this.schedLines += columns.sched.length;
    this.unparsedLines += columns.unparsedLine.length;
    return this;
  }

  private addCycle(cycles: CycleColumns, row: number): void {
    for (let phase = 0; phase < 3; phase++) {
      const ns = cycles.phase(row, phase);
      const error = cycles.phaseError(row, phase);
      if (phase === 1) {
        this.markNs += ns;
        this.markErrNs += error;
      } else {
        this.stwNs += ns;
        this.stwErrNs += error;
      }
    }
    if (cycles.hasFlag(row, forcedFlag)) this.forced++;
    for (let size = 0; size < 3; size++) this.maxHeapMb = Math.max(this.maxHeapMb, cycles.size(row, size));
  }
}
