import { CaptureError } from "../../../bytes/capture-error.js";
import { Growable } from "../../../bytes/growable.js";
import { IdTable } from "../../../bytes/id-table.js";
import type { V1Events, V1Trace } from "./decode-v1.js";
import { blockingTypes, FakeP, V1, v1Names } from "./wire-v1.js";

/** What a goroutine is while events are ordered. */
const Status = { Dead: 0, Runnable: 1, Running: 2, Waiting: 3 } as const;
/** Sequence number of an event that may follow any; as the next one: unchanged. */
const anySequence = -1;
/** As the next sequence number: one more. */
const increment = -2;
/** Orders collections, as if a goroutine did them. */
const collector = -1;

/** Events in their order. */
export interface V1Order {
  /** Rows of the trace's events. */
  readonly rows: Int32Array;
  /** Why not all events are in it, or not in the order of time. */
  readonly problem: CaptureError | undefined;
}

/**
 * Merges the processors' events into one order, as Go's reader does, and turns ticks into ns since the first event.
 * What the conversion needs to know of an event's processor is noted in the events themselves.
 *
 * A processor's next event is ready when its goroutine is in the state the event starts from; of those that are,
 * the earliest goes first. An event that is not ready waits for its goroutine, so nothing is looked at twice.
 */
export function orderV1(trace: V1Trace, ticksPerSecond: number): V1Order {
  const merger = new Merger(trace);
  const merged = merger.run();
  let { problem } = merger;
  const { events } = trace;
  if (!isSorted(events, merged)) problem ??= new CaptureError("time stamps out of order");
  else problem ??= retimeExits(events, merged);
  const rows = sortedByTime(events, merged);
  convertTimes(trace, rows, ticksPerSecond);
  return { rows, problem };
}

/** The state an event needs, and the one it leaves. */
interface Transition {
  g: number;
  sequence: number;
  status: number;
  nextSequence: number;
  nextStatus: number;
}

class Merger {
  problem: CaptureError | undefined;
  private readonly events: V1Events;
  private readonly queues: Int32Array[];
  private readonly heads: Int32Array;
  private readonly goroutines = new IdTable(1024);
  private readonly sequence = new Growable(Float64Array);
  private readonly status = new Growable(Uint8Array);
  private readonly waiters = new Map<string, number[]>();
  private readonly waiting = new Growable(Int32Array);
  /** Queues whose next event is ready, as a heap by time. */
  private readonly ready: number[] = [];
  private readonly transition: Transition = {
    g: 0,
    sequence: 0,
    status: 0,
    nextSequence: 0,
    nextStatus: 0,
  };

  constructor(trace: V1Trace) {
    this.events = trace.events;
    const { time } = trace.events;
    const samples = Int32Array.from([...trace.samples].sort((a, b) => time.get(a) - time.get(b) || a - b));
    this.queues = [...[...trace.rowsOfP.values()].map((rows) => rows.finish()), samples];
    this.heads = new Int32Array(this.queues.length);
  }

  run(): Int32Array {
    const total = this.queues.reduce((sum, queue) => sum + queue.length, 0);
    const out = new Int32Array(total);
    let count = 0;
    for (let queue = 0; queue < this.queues.length; queue++) this.offer(queue);
    while (this.ready.length > 0) {
      const queue = this.pop();
      const row = this.queues[queue][this.heads[queue]];
      if (!this.apply(row)) {
        this.problem = this.wrong("encountered an impossible state transition of a goroutine", row);
        return out.subarray(0, count);
      }
      out[count++] = row;
      this.heads[queue]++;
      this.offer(queue);
    }
    if (count < total) this.problem = new CaptureError("no consistent ordering of events is possible");
    return out.subarray(0, count);
  }

  private wrong(problem: string, row: number): CaptureError {
    const { g, p, type } = this.events;
    const context = `p ${p.get(row)}, g ${g.get(row)}, ${v1Names[type.get(row)]}`;
    return new CaptureError(problem, { place: { context } });
  }

  /** Puts a queue among the ready ones, or lets it wait for its next event's goroutine. */
  private offer(queue: number): void {
    const head = this.heads[queue];
    if (head === this.queues[queue].length) return;
    const isFree = !this.look(this.queues[queue][head]);
    const dense = isFree ? -1 : this.dense(this.transition.g);
    if (isFree || this.isReady(dense)) {
      this.push(queue);
      return;
    }
    const { sequence, status } = this.transition;
    const key = `${dense} ${sequence} ${status}`;
    const others = this.waiters.get(key);
    if (others) others.push(queue);
    else this.waiters.set(key, [queue]);
    this.waiting.set(dense, this.waiting.get(dense) + 1);
  }

  private isReady(dense: number): boolean {
    const { sequence, status } = this.transition;
    const right = sequence === anySequence || sequence === this.sequence.get(dense);
    return right && status === this.status.get(dense);
  }

  private dense(g: number): number {
    const found = this.goroutines.find(g);
    if (found >= 0) return found;
    this.sequence.push(0);
    this.status.push(Status.Dead);
    this.waiting.push(0);
    return this.goroutines.add(g);
  }

  private apply(row: number): boolean {
    if (!this.look(row)) return true;
    const dense = this.dense(this.transition.g);
    if (!this.isReady(dense)) return false;
    const { nextSequence, nextStatus } = this.transition;
    const old = this.sequence.get(dense);
    const sequence = nextSequence === anySequence ? old : nextSequence === increment ? old + 1 : nextSequence;
    this.sequence.set(dense, sequence);
    this.status.set(dense, nextStatus);
    if (this.waiting.get(dense) > 0) {
      this.wake(dense, `${dense} ${sequence} ${nextStatus}`);
      this.wake(dense, `${dense} ${anySequence} ${nextStatus}`);
    }
    return true;
  }

  private wake(dense: number, key: string): void {
    const queues = this.waiters.get(key);
    if (!queues) return;
    this.waiters.delete(key);
    this.waiting.set(dense, this.waiting.get(dense) - queues.length);
    for (const queue of queues) this.push(queue);
  }

  /** Sets `transition` to the row's; false when the event may stand anywhere. */
  private look(row: number): boolean {
    const { events } = this;
    const type = events.type.get(row);
    switch (type) {
      case V1.GoCreate:
        return this.set(events.a.get(row), 0, Status.Dead, 1, Status.Runnable);
      case V1.GoWaiting:
      case V1.GoInSyscall:
        return this.set(events.g.get(row), 1, Status.Runnable, 2, Status.Waiting);
      case V1.GoStart:
      case V1.GoStartLabel: {
        const sequence = events.b.get(row);
        return this.set(events.g.get(row), sequence, Status.Runnable, sequence + 1, Status.Running);
      }
      case V1.GoStartLocal:
        return this.set(events.g.get(row), anySequence, Status.Runnable, increment, Status.Running);
      case V1.GoSched:
      case V1.GoPreempt:
        return this.set(events.g.get(row), anySequence, Status.Running, anySequence, Status.Runnable);
      case V1.GoUnblock:
      case V1.GoSysExit: {
        const sequence = events.b.get(row);
        return this.set(events.a.get(row), sequence, Status.Waiting, sequence + 1, Status.Runnable);
      }
      case V1.GoUnblockLocal:
      case V1.GoSysExitLocal:
        return this.set(events.a.get(row), anySequence, Status.Waiting, increment, Status.Runnable);
      case V1.GCStart: {
        const sequence = events.a.get(row);
        return this.set(collector, sequence, Status.Dead, sequence + 1, Status.Dead);
      }
      default:
        if (blocks[type] === 0) return false;
        return this.set(events.g.get(row), anySequence, Status.Running, anySequence, Status.Waiting);
    }
  }

  private set(g: number, sequence: number, status: number, nextSequence: number, nextStatus: number): true {
    const { transition } = this;
    transition.g = g;
    transition.sequence = sequence;
    transition.status = status;
    transition.nextSequence = nextSequence;
    transition.nextStatus = nextStatus;
    return true;
  }

  private before(one: number, other: number): boolean {
    const { time } = this.events;
    return time.get(this.queues[one][this.heads[one]]) < time.get(this.queues[other][this.heads[other]]);
  }

  private push(queue: number): void {
    const { ready } = this;
    let at = ready.push(queue) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(queue, ready[parent])) break;
      ready[at] = ready[parent];
      at = parent;
    }
    ready[at] = queue;
  }

  private pop(): number {
    const { ready } = this;
    const top = ready[0];
    const last = ready.pop() as number;
    const size = ready.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.before(ready[child + 1], ready[child])) child++;
      if (!this.before(ready[child], last)) break;
      ready[at] = ready[child];
      at = child;
    }
    ready[at] = last;
    return top;
  }
}

/** By type: 1 when its goroutine waits afterwards. */
const blocks = new Uint8Array(64);
for (const type of blockingTypes) blocks[type] = 1;

/** Local types have been of use in ordering only. */
const globalType = Uint8Array.from({ length: 64 }, (_, type) => type);
globalType[V1.GoStartLocal] = V1.GoStart;
globalType[V1.GoUnblockLocal] = V1.GoUnblock;
globalType[V1.GoSysExitLocal] = V1.GoSysExit;

function isSorted({ time }: V1Events, rows: Int32Array): boolean {
  for (let at = 1; at < rows.length; at++) if (time.get(rows[at]) < time.get(rows[at - 1])) return false;
  return true;
}

/** A system call may have ended long before its event was written; the event carries the real time. */
function retimeExits(events: V1Events, rows: Int32Array): CaptureError | undefined {
  const { type, time, g, c } = events;
  const blockedAt = new Map<number, number>();
  for (const row of rows) {
    const what = type.get(row);
    if (what === V1.GoSysBlock || what === V1.GoInSyscall) blockedAt.set(g.get(row), time.get(row));
    if (globalType[what] !== V1.GoSysExit || c.get(row) === 0) continue;
    const real = c.get(row);
    const blocked = blockedAt.get(g.get(row)) ?? 0;
    if (blocked === 0) return new CaptureError("a system call ends that did not begin");
    if (real < blocked) return new CaptureError("time stamps out of order");
    time.set(row, real);
  }
  return undefined;
}

function sortedByTime({ time }: V1Events, rows: Int32Array): Int32Array {
  const places = Int32Array.from(rows, (_, place) => place);
  places.sort((one, other) => time.get(rows[one]) - time.get(rows[other]) || one - other);
  return places.map((place) => rows[place]);
}

function convertTimes(trace: V1Trace, rows: Int32Array, ticksPerSecond: number): void {
  const { type, time, g, p } = trace.events;
  if (rows.length === 0) return;
  const first = time.get(rows[0]);
  const nsPerTick = 1e9 / ticksPerSecond;
  for (const row of rows) {
    time.set(row, Math.trunc((time.get(row) - first) * nsPerTick));
    const what = globalType[type.get(row)];
    type.set(row, what);
    if (what === V1.GoUnblock && trace.timerGoroutines.has(g.get(row))) p.set(row, FakeP.Timer);
    if (what === V1.GoSysExit) p.set(row, FakeP.Syscall);
  }
}
