import { CaptureError } from "../../../bytes/capture-error.js";
import type { V1Trace } from "./decode-v1.js";
import { blockingTypes, FakeP, V1, v1Names } from "./wire-v1.js";

const Status = { Dead: 0, Runnable: 1, Running: 2, Waiting: 3 } as const;
/** No event. */
const none = -1;

interface Goroutine {
  status: number;
  /** Row of the event that made it what it is. */
  last: number;
  assists: boolean;
  /** Rows of the regions that are open, outermost first. */
  regions: number[];
}

interface Processor {
  running: boolean;
  g: number;
  sweeps: boolean;
}

/** What came of the check. */
interface Checked {
  /** How many events tell one story. */
  readonly count: number;
  /** What is wrong with the next one. */
  readonly problem: CaptureError | undefined;
  /** The first region or task that is used as none may be, which Go's reader refuses, and how many there are. */
  readonly misuse: CaptureError | undefined;
  readonly misuses: number;
}

/**
 * Checks that ordered events tell one story, as Go's reader does: no processor runs two goroutines, what is
 * unblocked was blocked, what ends has begun. Misused regions say nothing of who runs where, so the story goes on.
 * Unblocking by the network poller, and collections, are moved to processors of their own.
 */
export function checkV1(trace: V1Trace, rows: Int32Array): Checked {
  const checker = new Checker(trace);
  for (let at = 0; at < rows.length; at++) {
    const problem = checker.check(rows[at]);
    if (problem) return { ...checker.seen, count: at, problem: checker.error(problem, rows[at]) };
  }
  return { ...checker.seen, count: rows.length, problem: undefined };
}

class Checker {
  private readonly trace: V1Trace;
  private readonly goroutines = new Map<number, Goroutine>();
  private readonly processors = new Map<number, Processor>();
  private readonly tasks = new Set<number>();
  private collecting = false;
  private stopped = false;
  /** Misused regions so far. */
  readonly seen: { misuse: CaptureError | undefined; misuses: number } = { misuse: undefined, misuses: 0 };

  constructor(trace: V1Trace) {
    this.trace = trace;
    this.goroutine(0).status = Status.Running;
  }

  error(problem: string, row: number): CaptureError {
    const { g, p, time, type } = this.trace.events;
    const context = `p ${p.get(row)}, g ${g.get(row)}, ${v1Names[type.get(row)]} at ${time.get(row)} ns`;
    return new CaptureError(problem, { place: { context } });
  }

  private goroutine(id: number): Goroutine {
    let found = this.goroutines.get(id);
    if (!found) {
      found = { status: Status.Dead, last: none, assists: false, regions: [] };
      this.goroutines.set(id, found);
    }
    return found;
  }

  private processor(id: number): Processor {
    let found = this.processors.get(id);
    if (!found) {
      found = { running: false, g: 0, sweeps: false };
      this.processors.set(id, found);
    }
    return found;
  }

  /** What is wrong with the row's event; undefined when nothing is. */
  check(row: number): string | undefined {
    const { events } = this.trace;
    const id = events.g.get(row);
    const g = this.goroutines.get(id);
    const p = this.processor(events.p.get(row));
    switch (events.type.get(row)) {
      case V1.ProcStart:
        if (p.running) return "the processor is running before it starts";
        p.running = true;
        return undefined;
      case V1.ProcStop:
        if (!p.running) return "the processor is not running before it stops";
        if (p.g !== 0) return `the processor is running goroutine ${p.g} when it stops`;
        p.running = false;
        return undefined;
      case V1.GCStart:
        if (this.collecting) return "the collection before has not ended";
        this.collecting = true;
        events.p.set(row, FakeP.GC);
        return undefined;
      case V1.GCDone:
        if (!this.collecting) return "a collection ends that did not begin";
        this.collecting = false;
        return undefined;
      case V1.STWStart:
        if (this.stopped) return "the stop-the-world before has not ended";
        this.stopped = true;
        return undefined;
      case V1.STWDone:
        if (!this.stopped) return "a stop-the-world ends that did not begin";
        this.stopped = false;
        return undefined;
      case V1.GCSweepStart:
        if (p.sweeps) return "the sweeping before has not ended";
        p.sweeps = true;
        return undefined;
      case V1.GCSweepDone:
        if (!p.sweeps) return "a sweeping ends that did not begin";
        p.sweeps = false;
        return undefined;
      case V1.GCMarkAssistStart:
        if (this.goroutine(id).assists) return "the mark assist before has not ended";
        this.goroutine(id).assists = true;
        return undefined;
      case V1.GCMarkAssistDone:
        this.goroutine(id).assists = false;
        return undefined;
      case V1.UserTaskCreate: {
        const task = events.a.get(row);
        if (this.tasks.has(task)) return `task ${task} is there already`;
        this.tasks.add(task);
        return undefined;
      }
      case V1.UserTaskEnd:
        this.tasks.delete(events.a.get(row));
        return undefined;
      case V1.FutileWakeup:
        return "event FutileWakeup, which no version that is read writes";
      case V1.UserRegion:
        return this.checkRegion(row, this.goroutine(id));
      default:
        return this.checkGoroutine(row, id, g, p);
    }
  }

  private checkRegion(row: number, { regions }: Goroutine): string | undefined {
    const { a, b, c } = this.trace.events;
    const mode = b.get(row);
    if (mode === 0) regions.push(row);
    else if (mode !== 1) return "a region that neither begins nor ends";
    else if (regions.length > 0) {
      const begin = regions[regions.length - 1];
      if (a.get(begin) !== a.get(row) || c.get(begin) !== c.get(row)) {
        this.seen.misuse ??= this.error("a region ends that is not the innermost of its goroutine", row);
        this.seen.misuses++;
        return undefined;
      }
      regions.pop();
    }
    return undefined;
  }

  private checkGoroutine(
    row: number,
    id: number,
    g: Goroutine | undefined,
    p: Processor,
  ): string | undefined {
    const { events } = this.trace;
    const type = events.type.get(row);
    switch (type) {
      case V1.GoWaiting:
      case V1.GoInSyscall:
        if (g?.status !== Status.Runnable) return "the goroutine is not runnable before";
        g.status = Status.Waiting;
        g.last = row;
        return undefined;
      case V1.GoCreate: {
        const created = events.a.get(row);
        const problem = this.checkRunning(id, g, p, true);
        if (problem) return problem;
        if (this.goroutines.has(created)) return `goroutine ${created} is there already`;
        this.goroutine(created).status = Status.Runnable;
        this.goroutine(created).last = row;
        return undefined;
      }
      case V1.GoStart:
      case V1.GoStartLabel:
        if (g?.status !== Status.Runnable) return "the goroutine is not runnable before";
        if (p.g !== 0) return `the processor is running goroutine ${p.g} already`;
        g.status = Status.Running;
        g.last = none;
        p.g = id;
        return undefined;
      case V1.GoUnblock:
        return this.checkUnblock(row, id, g, p);
      case V1.GoSysExit:
        if (g?.status !== Status.Waiting) return "the goroutine is not waiting before";
        g.status = Status.Runnable;
        g.last = row;
        return undefined;
      default:
        if (statusAfter[type] === noMatter) return undefined;
        return this.checkStop(row, statusAfter[type], this.checkRunning(id, g, p, false), g, p);
    }
  }

  private checkStop(
    row: number,
    status: number,
    problem: string | undefined,
    g: Goroutine | undefined,
    p: Processor,
  ): string | undefined {
    if (problem || !g) return problem;
    g.last = row;
    if (status === Status.Running) return undefined;
    g.status = status;
    p.g = 0;
    if (this.trace.events.type.get(row) === V1.GoEnd) g.regions.length = 0;
    return undefined;
  }

  private checkUnblock(row: number, id: number, g: Goroutine | undefined, p: Processor): string | undefined {
    const { events } = this.trace;
    if (g?.status !== Status.Running) return "the goroutine is not running while it unblocks another";
    if (events.p.get(row) !== FakeP.Timer && p.g !== id) return "the processor is not running the goroutine";
    const other = this.goroutines.get(events.a.get(row));
    if (other?.status !== Status.Waiting) return `goroutine ${events.a.get(row)} is not waiting before`;
    if (other.last !== none && events.type.get(other.last) === V1.GoBlockNet)
      events.p.set(row, FakeP.Netpoll);
    other.status = Status.Runnable;
    other.last = row;
    return undefined;
  }

  private checkRunning(
    id: number,
    g: Goroutine | undefined,
    p: Processor,
    allowNone: boolean,
  ): string | undefined {
    if (g?.status !== Status.Running) return "the goroutine is not running";
    if (p.g !== id) return "the processor is not running the goroutine";
    return !allowNone && id === 0 ? "there is no goroutine" : undefined;
  }
}

/** Of types that do not need their goroutine to run. */
const noMatter = 255;
/** By type: the status afterwards of the goroutine that must run before. */
const statusAfter = new Uint8Array(64).fill(noMatter);
for (const type of [V1.GoEnd, V1.GoStop]) statusAfter[type] = Status.Dead;
for (const type of [V1.GoSched, V1.GoPreempt]) statusAfter[type] = Status.Runnable;
statusAfter[V1.GoSysCall] = Status.Running;
for (const type of blockingTypes) statusAfter[type] = Status.Waiting;
