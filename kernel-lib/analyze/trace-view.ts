import { hasColumn, type Numbers, numbers, type Texts, textAt, texts } from "./columns.js";
import { GoroutineRows } from "./goroutine-rows.js";
import { StackFrames } from "./stack-frames.js";
import type { TableSource } from "./table-source.js";
import { endedByRuntime, type WaitKind, waitKind } from "./waits.js";

/** A trace's goroutines as analyses that follow them need them: states by goroutine, stacks as frames, who woke whom. */
export class TraceView {
  readonly source: TableSource;
  readonly state: Texts;
  readonly reason: Texts;
  readonly g: Numbers;
  readonly start: Numbers;
  readonly end: Numbers;
  readonly stack: Numbers;
  readonly p: Numbers;
  readonly left: Numbers;
  readonly right: Numbers;
  readonly endStack: Numbers;
  readonly rows: GoroutineRows;
  readonly frames: StackFrames;
  readonly waiting: number;
  readonly running: number;
  readonly runnable: number;
  readonly syscall: number;
  private readonly endBy: Numbers;
  private readonly names = new Map<number, string>();
  private readonly parents = new Map<number, number>();
  private parentsKnown = false;
  /** By reason and stack in one number. */
  private readonly kinds = new Map<number, WaitKind>();
  private readonly byRuntime = new Map<number, boolean>();
  private readonly reasons: number;

  constructor(source: TableSource) {
    const states = source.table("goroutine_states");
    const optional = (name: string, missing: number): Numbers =>
      hasColumn(states, name) ? numbers(states, name) : new Float64Array(states.numRows()).fill(missing);
    this.source = source;
    this.state = texts(states, "state");
    this.reason = texts(states, "reason");
    this.g = numbers(states, "g");
    this.start = numbers(states, "start_ns");
    this.end = numbers(states, "end_ns");
    this.endBy = numbers(states, "end_by_g");
    this.stack = optional("stack_id", -1);
    this.endStack = optional("end_stack_id", -1);
    this.p = optional("p", -1);
    this.left = optional("left_censored", 0);
    this.right = optional("right_censored", 0);
    this.rows = new GoroutineRows(states);
    this.frames = new StackFrames(source);
    const [waiting, running, runnable, syscall] = ["Waiting", "Running", "Runnable", "Syscall"].map((name) =>
      this.state.values.indexOf(name),
    );
    this.waiting = waiting;
    this.running = running;
    this.runnable = runnable;
    this.syscall = syscall;
    this.reasons = this.reason.values.length + 1;
    // Hand-made tables may have names and no stacks; of a capture the stacks say the same, and are there already.
    if (this.frames.empty) this.nameGoroutines(source);
    this.nameWorkers(source);
  }

  private nameGoroutines(source: TableSource): void {
    const goroutines = source.table("goroutines");
    const g = numbers(goroutines, "g");
    const name = texts(goroutines, "name");
    for (let row = 0; row < g.length; row++) this.names.set(g[row], textAt(name, row) ?? "unknown");
  }

  // The outermost function of its first stack that has one.
  private rootOf(g: number): string {
    const rows = this.rows.of(g);
    for (let i = 0; i < rows.length; i++) {
      for (const stack of [this.stack[rows[i]], this.endStackOfOwn(rows[i])]) {
        const frames = this.frames.of(stack);
        const root = frames[frames.length - 1]?.func;
        if (root) return root;
      }
    }
    return "unknown";
  }

  // Whoever ends a run or a call ends its own.
  private endStackOfOwn(row: number): number {
    const code = this.state.codes[row];
    return code === this.running || code === this.syscall ? this.endStack[row] : -1;
  }

  // Traces up to Go 1.21 have no stack of the collector's workers, but their labels say what they are.
  private nameWorkers(source: TableSource): void {
    if (!source.schemas().some(({ name }) => name === "labels")) return;
    const labels = source.table("labels");
    const label = texts(labels, "label");
    const g = numbers(labels, "g");
    for (let row = 0; row < g.length; row++) {
      if (this.names.has(g[row]) && this.names.get(g[row]) !== "unknown") continue;
      if (textAt(label, row)?.startsWith("GC (")) this.names.set(g[row], "runtime.gcBgMarkWorker");
    }
  }

  /** A goroutine's entry function. */
  nameOf(g: number): string {
    let name = this.names.get(g);
    if (name === undefined) {
      name = this.rootOf(g);
      this.names.set(g, name);
    }
    return name;
  }

  /** Who created it; -1 where that was not seen. */
  parentOf(g: number): number {
    if (!this.parentsKnown) {
      this.parentsKnown = true;
      const goroutines = this.source.table("goroutines");
      const ids = numbers(goroutines, "g");
      const parent = hasColumn(goroutines, "parent_g") ? numbers(goroutines, "parent_g") : [];
      for (let row = 0; row < parent.length; row++) this.parents.set(ids[row], parent[row]);
    }
    return this.parents.get(g) ?? -1;
  }

  /** What a Waiting row waits for. */
  kindOf(row: number): WaitKind {
    const key = (this.stack[row] + 1) * this.reasons + this.reason.codes[row];
    let kind = this.kinds.get(key);
    if (!kind) {
      kind = waitKind(textAt(this.reason, row), this.frames.of(this.stack[row]));
      this.kinds.set(key, kind);
    }
    return kind;
  }

  /** The goroutine that ended the row's wait; -1 for the runtime (network poller, timers), also where it ran in a goroutine's context. */
  wakerOf(row: number): number {
    const by = this.endBy[row];
    if (by < 0 || by === this.g[row]) return -1;
    const key = (this.endStack[row] + 1) * this.reasons + this.reason.codes[row];
    let runtime = this.byRuntime.get(key);
    if (runtime === undefined) {
      runtime = endedByRuntime(textAt(this.reason, row), this.frames.of(this.endStack[row]));
      this.byRuntime.set(key, runtime);
    }
    return runtime ? -1 : by;
  }

  /** Whether the poller or a timer ended the row's wait in the context of some goroutine. */
  endedInPassing(row: number): boolean {
    return this.endBy[row] >= 0 && this.wakerOf(row) < 0;
  }
}

const views = new WeakMap<TableSource, TraceView>();

/** The view of a trace's tables, made once for each source. */
export function traceView(source: TableSource): TraceView {
  let view = views.get(source);
  if (!view) {
    view = new TraceView(source);
    views.set(source, view);
  }
  return view;
}
