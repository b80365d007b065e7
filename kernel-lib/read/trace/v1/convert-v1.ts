import { goStatusCode, procStatusCode, syncCode } from "../event-codes.js";
import type { EventStore } from "../event-store.js";
import { G, P, Wire } from "../wire.js";
import type { V1Events, V1Trace } from "./decode-v1.js";
import { V1 } from "./wire-v1.js";

/** Reasons of the events that block or stop a goroutine, in the words of later traces. */
const reasons: Readonly<Record<number, string>> = {
  [V1.GoStop]: "forever",
  [V1.GoSched]: "runtime.Gosched",
  [V1.GoPreempt]: "preempted",
  [V1.GoSleep]: "sleep",
  [V1.GoBlock]: "",
  [V1.GoBlockSend]: "chan send",
  [V1.GoBlockRecv]: "chan receive",
  [V1.GoBlockSelect]: "select",
  [V1.GoBlockSync]: "sync",
  [V1.GoBlockCond]: "sync.(*Cond).Wait",
  [V1.GoBlockNet]: "network",
  [V1.GoBlockGC]: "GC mark assist wait for work",
};

/** Why the world was stopped, by the number in traces of Go 1.21; before, 0 and 1 were the first two after "". */
const stopReasons = [
  "",
  "GC mark termination",
  "GC sweep termination",
  "write heap dump",
  "goroutine profile",
  "goroutine profile cleanup",
  "all goroutine stack trace",
  "read mem stats",
  "AllThreadsSyscall",
  "GOMAXPROCS",
  "start trace",
  "stop trace",
  "CountPagesInUse (test)",
  "ReadMetricsSlow (test)",
  "ReadMemStatsSlow (test)",
  "PageCachePagesLeaked (test)",
  "ResetDebugLog (test)",
];

/**
 * Turns ordered v1 events into those of later traces, as Go's reader does, and adds them to the store.
 *
 * What existed before the trace is told by status events. A system call that did not block takes 1 ns. The event
 * that blocks one, and creations of what existed before, have no counterpart.
 */
export function convertV1(trace: V1Trace, rows: Int32Array, store: EventStore): void {
  new Converter(trace, store).run(rows);
}

class Converter {
  private readonly trace: V1Trace;
  private readonly events: V1Events;
  private readonly store: EventStore;
  /** Threads of the processors that run. */
  private readonly threads = new Map<number, number>();
  private readonly seenP = new Set<number>();
  private readonly stacks = new Map<number, number>();
  private readonly strings = new Map<number, number>();
  private readonly tasks = new Map<number, { name: number; parent: number }>();
  /** Goroutines that existed before the trace and whose state has not been told; undefined once that is over. */
  private existing: Set<number> | undefined = new Set();
  private stopReason = 0;
  private lastTime = -1;
  private row = 0;

  constructor(trace: V1Trace, store: EventStore) {
    this.trace = trace;
    this.events = trace.events;
    this.store = store;
  }

  run(rows: Int32Array): void {
    let syncs = 1;
    if (rows.length > 0) this.sync(-1, syncs++);
    const blocked = this.blockedCalls(rows);
    for (let at = 0; at < rows.length; at++) {
      this.row = rows[at];
      this.convert(blocked[at] === 1);
    }
    this.sync(this.lastTime + 1, syncs);
  }

  private sync(time: number, number: number): void {
    const at = this.store.wide(number);
    this.store.emit(syncCode, time + 1, 0, -1, -1, -1, at);
  }

  /** By place: 1 when the next event of a system call's goroutine is that it blocked. */
  private blockedCalls(rows: Int32Array): Uint8Array {
    const { type, g } = this.events;
    const blocked = new Uint8Array(rows.length);
    const next = new Map<number, number>();
    for (let at = rows.length - 1; at >= 0; at--) {
      const what = type.get(rows[at]);
      const id = g.get(rows[at]);
      if (what === V1.GoSysCall && next.get(id) === V1.GoSysBlock) blocked[at] = 1;
      next.set(id, what);
    }
    return blocked;
  }

  private convert(blocked: boolean): void {
    const { events, row } = this;
    const type = events.type.get(row);
    const [a, b, c] = [events.a.get(row), events.b.get(row), events.c.get(row)];
    switch (type) {
      case V1.Gomaxprocs:
        if (this.existing) this.tellExisting();
        else this.emit(Wire.ProcsChange, this.store.wide(a));
        break;
      case V1.ProcStart:
        this.threads.set(events.p.get(row), a);
        this.emitProc(Wire.ProcStart, P.Running);
        break;
      case V1.ProcStop:
        this.emitProc(Wire.ProcStop, P.Idle);
        this.threads.delete(events.p.get(row));
        break;
      case V1.GoCreate:
        if (this.existing) this.existing.add(a);
        else this.emit(Wire.GoCreate, this.store.newGoroutine(a, this.stack(b)));
        break;
      case V1.GoStart:
        if (this.existing) this.emitStatus(a, G.Running);
        else this.emit(Wire.GoStart, this.store.goroutine(a));
        break;
      case V1.GoStartLabel:
        this.emitOnThread(Wire.GoStart, this.store.goroutine(a), false);
        this.emitOnThread(Wire.GoLabel, this.string(c), false);
        break;
      case V1.GoWaiting:
        this.emitStatus(a, G.Waiting);
        break;
      case V1.GoInSyscall:
        this.emitStatus(a, G.Syscall);
        break;
      case V1.GoSysCall:
        this.systemCall(blocked);
        break;
      case V1.STWStart:
        this.stopReason = this.store.strings.code(this.stopReasonName(a));
        this.emit(Wire.STWBegin, this.stopReason);
        break;
      case V1.STWDone:
        this.emit(Wire.STWEnd, this.stopReason);
        break;
      case V1.UserTaskCreate:
        this.tasks.set(a, { name: this.string(c), parent: b });
        this.emit(Wire.UserTaskBegin, this.store.wide(a, b === 0 ? -1 : b, this.string(c)));
        break;
      case V1.UserTaskEnd:
        this.taskEnd(a);
        break;
      case V1.UserRegion: {
        const code = b === 0 ? Wire.UserRegionBegin : Wire.UserRegionEnd;
        this.emit(code, this.store.wide(a, this.string(c)));
        break;
      }
      case V1.UserLog: {
        const message = this.store.strings.code(this.trace.messages[c]);
        this.emit(Wire.UserLog, this.store.wide(a, this.string(b), message));
        break;
      }
      case V1.CPUSample:
        this.sample();
        break;
      default:
        this.convertPlain(type, a, b);
        break;
    }
  }

  private convertPlain(type: number, a: number, b: number): void {
    switch (type) {
      case V1.GCStart:
        this.emit(Wire.GCBegin);
        break;
      case V1.GCDone:
        this.emit(Wire.GCEnd);
        break;
      case V1.GCSweepStart:
        this.emit(Wire.GCSweepBegin);
        break;
      case V1.GCSweepDone:
        this.emit(Wire.GCSweepEnd, this.store.wide(a, b));
        break;
      case V1.GCMarkAssistStart:
        this.emit(Wire.GCMarkAssistBegin);
        break;
      case V1.GCMarkAssistDone:
        this.emit(Wire.GCMarkAssistEnd);
        break;
      case V1.GoEnd:
        this.emit(Wire.GoDestroy);
        break;
      case V1.GoUnblock:
        this.emit(Wire.GoUnblock, this.store.goroutine(a));
        break;
      case V1.GoSysExit:
        this.emit(Wire.GoSyscallEndBlocked);
        break;
      case V1.HeapAlloc:
        this.emit(Wire.HeapAlloc, this.store.wide(a));
        break;
      case V1.HeapGoal:
        this.emit(Wire.HeapGoal, this.store.wide(a));
        break;
      default:
        if (type in reasons) {
          const isStop = type === V1.GoSched || type === V1.GoPreempt;
          this.emit(isStop ? Wire.GoStop : Wire.GoBlock, this.store.strings.code(reasons[type]));
        }
    }
  }

  /** The first Gomaxprocs ends the telling of what there was: what has not been told of by then is runnable. */
  private tellExisting(): void {
    const existing = this.existing ?? new Set();
    this.existing = undefined;
    for (const id of existing) {
      this.add(goStatusCode + G.Runnable, 0, -1, -1, -1, this.store.goroutine(id));
    }
  }

  private emitStatus(id: number, status: number): void {
    this.existing?.delete(id);
    this.emitOnThread(goStatusCode + status, this.store.goroutine(id), true, false);
  }

  private emitProc(code: number, status: number): void {
    const p = this.events.p.get(this.row);
    this.emit(this.seenP.has(p) ? code : procStatusCode + status, p);
    this.seenP.add(p);
  }

  private systemCall(blocked: boolean): void {
    if (blocked) {
      this.emit(Wire.GoSyscallBegin);
      return;
    }
    this.emitOnThread(Wire.GoSyscallBegin, 0, false);
    const time = this.events.time.get(this.row);
    this.events.time.set(this.row, time + 1);
    this.emitOnThread(Wire.GoSyscallEnd, 0, false, false);
  }

  private taskEnd(id: number): void {
    const task = this.tasks.get(id) ?? { name: 0, parent: -1 };
    this.tasks.delete(id);
    this.emit(Wire.UserTaskEnd, this.store.wide(id, task.parent, task.name));
  }

  private sample(): void {
    const { events, row, store } = this;
    const g = events.g.get(row);
    const dense = g === 0 ? -1 : store.goroutine(g);
    this.add(Wire.CPUSample, 0, events.p.get(row), dense, this.stack(events.stack.get(row)), 0);
  }

  private stopReasonName(number: number): string {
    const { version } = this.trace;
    if (version < 21) return number <= 1 ? stopReasons[number + 1] : "";
    return stopReasons[number] ?? "";
  }

  private emit(code: number, a = 0): void {
    this.emitOnThread(code, a, true);
  }

  /** Emits in the row's context; a processor without thread counts as none, or as thread 0 where Go's reader does. */
  private emitOnThread(code: number, a: number, orNone: boolean, withStack = true): void {
    const { events, row, store } = this;
    const p = events.p.get(row);
    const g = events.g.get(row);
    const thread = (p === -1 && orNone ? undefined : this.threads.get(p)) ?? (orNone ? -1 : 0);
    const stack =
      withStack && code !== Wire.GoStart && code !== Wire.GoLabel ? this.stack(events.stack.get(row)) : -1;
    this.add(code, store.thread(thread), p, g === 0 ? -1 : store.goroutine(g), stack, a);
  }

  /** Adds an event at the row's time; two events never have the same. */
  private add(code: number, m: number, p: number, g: number, stack: number, a: number): void {
    const time = Math.max(this.events.time.get(this.row), this.lastTime + 1);
    this.lastTime = time;
    this.store.emit(code, time + 1, m, p, g, stack, a);
  }

  /** The capture's number of a string; unknown ones are empty. */
  private string(id: number): number {
    let code = this.strings.get(id);
    if (code === undefined) {
      code = this.store.strings.code(this.trace.strings.get(id) ?? "");
      this.strings.set(id, code);
    }
    return code;
  }

  /** The capture's number of a stack; -1 for one that is not there. */
  private stack(id: number): number {
    if (id === 0) return -1;
    let number = this.stacks.get(id);
    if (number === undefined) {
      const frames = this.trace.stacks.get(id);
      const { stacks } = this.store;
      number = frames
        ? stacks.stack(
            frames.map(({ pcLow, pcHigh, func, file, line }) =>
              stacks.frame(pcLow, pcHigh, this.string(func), this.string(file), line),
            ),
          )
        : -1;
      this.stacks.set(id, number);
    }
    return number;
  }
}
