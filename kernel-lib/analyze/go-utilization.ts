import type { ColumnTable } from "arquero";
import { type Numbers, numbers, type Texts, texts } from "./columns.js";
import { isStopTheWorld } from "./stop-the-world.js";
import type { UtilizationOptions, UtilizationSteps } from "./utilization-steps.js";

/**
 * Mutator utilization as `go tool trace` has it (internal/trace/gc.go, MutatorUtilizationV2, one series for all processors):
 * a mark worker counts twice from its second start on, for being started and for its label, and is taken back once when it stops, so
 * that after a few cycles processors count as busy that are not; pauses that are not the collector's do not count. Empty when the
 * capture never says how many processors there are.
 */
export function goUtilization(events: ColumnTable, options: UtilizationOptions): UtilizationSteps {
  return new UtilizationWalk(eventColumns(events), options).run();
}

interface EventColumns {
  time: Numbers;
  kind: Texts;
  p: Numbers;
  g: Numbers;
  resource: Texts;
  id: Numbers;
  from: Texts;
  to: Texts;
  name: Texts;
  value: Numbers;
}

function eventColumns(events: ColumnTable): EventColumns {
  return {
    time: numbers(events, "time_ns"),
    kind: texts(events, "kind"),
    p: numbers(events, "p"),
    g: numbers(events, "g"),
    resource: texts(events, "resource"),
    id: numbers(events, "resource_id"),
    from: texts(events, "from"),
    to: texts(events, "to"),
    name: texts(events, "name"),
    value: numbers(events, "value"),
  };
}

type RangeKind = "stw" | "assist" | "sweep" | undefined;

// One pass over the events, as Go's. The comments that say why are in internal/trace/gc.go.
class UtilizationWalk {
  private readonly columns: EventColumns;
  private readonly rangeKinds: readonly RangeKind[];
  private readonly markLabels: readonly boolean[];
  private readonly executing: { from: readonly boolean[]; to: readonly boolean[] };
  private readonly times: number[] = [];
  private readonly utils: number[] = [];
  private readonly procs: { time: number; n: number }[] = [];
  private readonly inGc = new Set<number>();
  private readonly bgMark = new Set<number>();
  private readonly running = new Set<number>();
  private gc: number[] = [];
  private stw = 0;
  private syncs = 0;

  constructor(columns: EventColumns, options: UtilizationOptions) {
    this.columns = columns;
    this.rangeKinds = columns.name.values.map((name) => rangeKind(name ?? "", options));
    this.markLabels = columns.name.values.map(
      (name) => (options.background ?? true) && !!name?.startsWith("GC ") && name !== "GC (idle)",
    );
    const executing = (state: string | null): boolean => state === "Running" || state === "Syscall";
    this.executing = { from: columns.from.values.map(executing), to: columns.to.values.map(executing) };
  }

  run(): UtilizationSteps {
    const { time, kind } = this.columns;
    const step = kind.values.map((name) => this.stepFor(name ?? ""));
    let util = 1;
    for (let row = 0; row < time.length; row++) {
      const at = step[kind.codes[row]];
      if (at) {
        at(row);
        util = this.gc.length > 0 ? 1 - this.busy() / this.gc.length : 1;
      }
      // Also after other events: a rise at a time stamp that already has a lower value waits for the next one.
      if (this.gc.length > 0) this.add(time[row], util);
    }
    // The end of the capture, whose value no window uses: 0 as at its start.
    if (time.length > 0 && this.gc.length > 0) this.add(time[time.length - 1], 0);
    return { times: Float64Array.from(this.times), utils: Float64Array.from(this.utils) };
  }

  private stepFor(kind: string): ((row: number) => void) | undefined {
    const known = (step: (row: number) => void) => (row: number) => {
      if (this.gc.length > 0) step(row);
    };
    switch (kind) {
      case "Sync":
        return (row) => {
          this.syncs = this.columns.value[row];
        };
      case "Metric":
        return (row) => this.metric(row);
      case "RangeActive":
        return known((row) => this.rangeActive(row));
      case "RangeBegin":
        return known((row) => this.rangeBegin(row));
      case "RangeEnd":
        return known((row) => this.rangeEnd(row));
      case "StateTransition":
        return known((row) => this.transition(row));
      case "Label":
        return known((row) => this.label(row));
      default:
        return undefined;
    }
  }

  private metric(row: number): void {
    const { name, value, time } = this.columns;
    if (name.values[name.codes[row]] !== "/sched/gomaxprocs:threads") return;
    const n = value[row];
    if (this.times.length === 0 && n > 0) {
      this.times.push(time[row]);
      this.utils.push(1);
    }
    this.gc = Array.from({ length: n }, (_, p) => this.gc[p] ?? 0);
    if (this.procs.at(-1)?.n !== n) this.procs.push({ time: time[row], n });
  }

  private rangeActive(row: number): void {
    // After a full generation these only repeat what is known.
    if (this.syncs > 1) return;
    const kind = this.rangeKinds[this.columns.name.codes[row]];
    if (kind === "sweep" || (kind === "assist" && this.running.has(this.columns.g[row]))) this.backdate();
    this.rangeBegin(row);
  }

  // The range was active from the start of the trace: take one processor off everything recorded so far.
  private backdate(): void {
    let proc = 0;
    for (let i = 0; i < this.times.length; i++) {
      while (proc < this.procs.length - 1 && this.procs[proc + 1].time < this.times[i]) proc++;
      this.utils[i] = Math.max(0, this.utils[i] - 1 / this.procs[proc].n);
    }
  }

  private rangeBegin(row: number): void {
    const { name, p, id } = this.columns;
    const kind = this.rangeKinds[name.codes[row]];
    if (kind === "stw") this.stw++;
    else if (kind) this.count(p[row], 1);
    if (kind === "assist" && id[row] >= 0) this.inGc.add(id[row]);
  }

  private rangeEnd(row: number): void {
    const { name, p, id } = this.columns;
    const kind = this.rangeKinds[name.codes[row]];
    if (kind === "stw") this.stw--;
    else if (kind) this.count(p[row], -1);
    if (kind === "assist" && id[row] >= 0) this.inGc.delete(id[row]);
  }

  private transition(row: number): void {
    const { resource, id, from, to, p } = this.columns;
    if (resource.values[resource.codes[row]] !== "Goroutine") return;
    const g = id[row];
    const before = this.executing.from[from.codes[row]];
    const after = this.executing.to[to.codes[row]];
    if (before !== after && (this.inGc.has(g) || this.bgMark.has(g))) this.count(p[row], after ? 1 : -1);
    if (after) this.running.add(g);
    else this.running.delete(g);
  }

  private label(row: number): void {
    const { name, g, p } = this.columns;
    const marks = this.markLabels[name.codes[row]];
    if (!marks) return;
    this.bgMark.add(g[row]);
    this.count(p[row], 1);
  }

  private count(p: number, by: 1 | -1): void {
    if (p >= 0 && p < this.gc.length) this.gc[p] += by;
  }

  private busy(): number {
    if (this.stw > 0) return this.gc.length;
    let busy = 0;
    for (const count of this.gc) if (count > 0) busy++;
    return busy;
  }

  private add(time: number, util: number): void {
    const last = this.times.length - 1;
    if (last >= 0) {
      if (util === this.utils[last]) return;
      if (time === this.times[last]) {
        // The lowest utilization at one time stamp holds.
        if (util < this.utils[last]) this.utils[last] = util;
        return;
      }
    }
    this.times.push(time);
    this.utils.push(util);
  }
}

function rangeKind(name: string, options: UtilizationOptions): RangeKind {
  const { stw, assist = true, sweep = false } = options;
  if (isStopTheWorld(name)) return stw !== "none" && name.includes("GC") ? "stw" : undefined;
  if (name === "GC mark assist") return assist ? "assist" : undefined;
  if (name === "GC incremental sweep") return sweep ? "sweep" : undefined;
  return undefined;
}
