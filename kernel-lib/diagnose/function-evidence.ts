import { numbers } from "../analyze/columns.js";
import type { Frame } from "../analyze/stack-frames.js";
import type { TraceView } from "../analyze/trace-view.js";

/** Stacks with the time each stands for. */
export type WeightedStacks = Map<number, number>;

/** What goroutines were doing while they ran: CPU samples where there are some, else the stacks at which they stopped running. */
export class FunctionEvidence {
  private readonly view: TraceView;
  private readonly samples = new Map<number, { times: number[]; stacks: number[] }>();
  private readonly callers = new Map<string, Set<string>>();
  /** Whether the trace has any CPU sample. */
  readonly hasSamples: boolean;

  constructor(view: TraceView) {
    this.view = view;
    const { source } = view;
    let count = 0;
    if (source.schemas().some(({ name }) => name === "cpu_samples")) {
      const table = source.table("cpu_samples");
      const [time, g, stack] = ["time_ns", "g", "stack_id"].map((name) => numbers(table, name));
      for (let row = 0; row < g.length; row++) {
        if (g[row] < 0 || stack[row] < 0) continue;
        count++;
        const own = this.samples.get(g[row]) ?? { times: [], stacks: [] };
        this.samples.set(g[row], own);
        own.times.push(time[row]);
        own.stacks.push(stack[row]);
      }
    }
    this.hasSamples = count > 0;
    this.noteCallers();
  }

  /** Adds what the goroutine ran from `from` to `to` of the Running row. */
  addRunning(out: WeightedStacks, row: number, from: number, to: number): void {
    const { view } = this;
    const found = this.samplesWithin(view.g[row], from, to);
    if (found.length > 0) {
      for (const stack of found) add(out, stack, (to - from) / found.length);
      return;
    }
    const { before, after } = this.preemptedAround(row);
    const [first, last] = [before ? view.stack[row] : -1, after ? view.endStack[row] : -1];
    if (first >= 0 && last >= 0) {
      add(out, first, (to - from) / 2);
      add(out, last, (to - from) / 2);
      return;
    }
    // A stack at which it was interrupted is what it ran; one at which it blocked is only where that led, and where it had
    // waited before says still less: they count where there is nothing better.
    const strong = Math.max(first, last);
    if (strong >= 0) add(out, strong, to - from);
    else if (this.says(view.endStack[row])) add(out, view.endStack[row], 0.1 * (to - from));
    else if (view.stack[row] >= 0) add(out, view.stack[row], 0.001 * (to - from));
  }

  private says(stack: number): boolean {
    return this.view.frames.of(stack).some(({ func }) => func !== "");
  }

  // Whether it went on from where it had been interrupted, and whether it was interrupted at its end.
  private preemptedAround(row: number): { before: boolean; after: boolean } {
    const { view } = this;
    const rows = view.rows.of(view.g[row]);
    const at = view.rows.lastStartingBefore(rows, view.start[row] + 1);
    const interrupted = (other: number | undefined): boolean =>
      other !== undefined &&
      view.state.codes[other] === view.runnable &&
      (view.reason.values[view.reason.codes[other]] ?? "").toLowerCase() === "preempted";
    return rows[at] === row
      ? { before: interrupted(rows[at - 1]), after: interrupted(rows[at + 1]) }
      : { before: false, after: false };
  }

  private samplesWithin(g: number, from: number, to: number): number[] {
    const own = this.samples.get(g);
    if (!own) return [];
    let low = 0;
    let high = own.times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (own.times[middle] < from) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let i = low; i < own.times.length && own.times[i] <= to; i++) found.push(own.stacks[i]);
    return found;
  }

  /**
   * The functions that most of this time lies in, outermost first: from the program's own outermost function, or from just below
   * `under` where that is in the stacks, as far as one callee has most of what its caller has.
   */
  chain(stacks: WeightedStacks, under?: string): string[] {
    let current = [...stacks].flatMap(([stack, ns]) => {
      const path = this.path(stack, under);
      return path ? [{ path, ns }] : [];
    });
    const whole = current.reduce((sum, { ns }) => sum + ns, 0);
    const chain: string[] = [];
    for (let depth = 0; current.length > 0; depth++) {
      const sums = new Map<string, number>();
      for (const { path, ns } of current) {
        if (path[depth] !== undefined) sums.set(path[depth], (sums.get(path[depth]) ?? 0) + ns);
      }
      const [best] = [...sums].sort((a, b) => b[1] - a[1]);
      if (!best || best[1] < 0.5 * whole) break;
      chain.push(best[0]);
      current = current.filter(({ path }) => path[depth] === best[0]);
    }
    return chain;
  }

  // The program's own functions outermost first, with `under` those below it; undefined where the stack says nothing of them.
  private path(stack: number, under: string | undefined): string[] | undefined {
    const own = this.view.frames
      .own(stack)
      .map(({ func }) => func)
      .reverse();
    if (under === undefined) return own.length > 0 ? own : undefined;
    const at = own.lastIndexOf(under);
    return at < 0 ? undefined : own.slice(at + 1);
  }

  /** Whether a function is called by several of the program's own: a helper that says little about who is to blame. */
  isHelper(func: string): boolean {
    return (this.callers.get(func)?.size ?? 0) > 1;
  }

  private noteCallers(): void {
    const { frames, source } = this.view;
    if (!source.schemas().some(({ name }) => name === "stacks")) return;
    const count = source.table("stacks").numRows();
    for (let stack = 0; stack < Math.min(count, 50_000); stack++) {
      const own: readonly Frame[] = frames.own(stack);
      for (let i = 0; i + 1 < own.length; i++) {
        if (own[i].func === own[i + 1].func) continue;
        const known = this.callers.get(own[i].func) ?? new Set();
        this.callers.set(own[i].func, known);
        known.add(own[i + 1].func);
      }
    }
  }
}

function add(out: WeightedStacks, stack: number, ns: number): void {
  out.set(stack, (out.get(stack) ?? 0) + ns);
}
