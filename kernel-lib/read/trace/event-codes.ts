/**
 * What one byte says about an ordered event.
 *
 * An ordered event's code is its wire type, except that status events, whose transition depends on more than
 * their type, have a code for each transition. So everything that does not depend on the event's arguments
 * (its kind, what resource it is about, from which state to which) is a table lookup on the code, costs a
 * column nothing to store, and is the same for traces of every version.
 */
import { G, P, Wire } from "./wire.js";

/** Kinds of events as golang.org/x/exp/trace names them, in its order. */
export const eventKinds = [
  "Bad",
  "Sync",
  "Metric",
  "Label",
  "StackSample",
  "RangeBegin",
  "RangeActive",
  "RangeEnd",
  "TaskBegin",
  "TaskEnd",
  "RegionBegin",
  "RegionEnd",
  "Log",
  "StateTransition",
  "Experimental",
] as const;

/** What a transition, a range or an annotation is about. */
export const resources = [null, "Goroutine", "Proc", "Thread", "Task"] as const;
/** Numbers of {@link resources}. */
export const Resource = { None: 0, Goroutine: 1, Proc: 2, Thread: 3, Task: 4 } as const;

/** Code of a goroutine's status event: `goStatus + 8 * from + to`. */
export const goStatusCode = 160;
/** Code of a processor's status event: `procStatus + 4 * from + to`. */
export const procStatusCode = 208;
/** A processor stolen whose thread had long lost it: Idle to Idle. */
export const procStealIdleCode = 224;
/** Sync, made by the reader at the start of each generation and at the end. */
export const syncCode = 255;

/** What the `a` column of an event holds. */
export const Argument = {
  None: 0,
  /** A dense goroutine number. */
  Goroutine: 1,
  /** A processor's id. */
  Proc: 2,
  /** A string's number. */
  String: 3,
  /** An index into the wide values; how many there are, {@link wideCounts} says. */
  Wide: 4,
} as const;

/** By code: number in {@link eventKinds}. */
export const kindOfCode: Uint8Array = new Uint8Array(256);
/** By code: number in {@link resources}. */
export const resourceOfCode: Uint8Array = new Uint8Array(256);
/** By code: state before, in the states of its resource; 255 when it is not a transition. */
export const fromOfCode: Uint8Array = new Uint8Array(256).fill(255);
/** By code: state after; 255 when it is not a transition. */
export const toOfCode: Uint8Array = new Uint8Array(256).fill(255);
/** By code: what the `a` column holds, see {@link Argument}. */
export const argumentOfCode: Uint8Array = new Uint8Array(256);
/** By code: how many wide values the event has. */
export const wideCounts: Uint8Array = new Uint8Array(256);
/** By code: 1 when the transition is the context's own goroutine (or processor), whose number is in `g` (or `p`). */
export const isOwnTransition: Uint8Array = new Uint8Array(256);

function kind(code: number, name: (typeof eventKinds)[number], argument = 0, wide = 0): void {
  kindOfCode[code] = eventKinds.indexOf(name);
  argumentOfCode[code] = argument;
  wideCounts[code] = wide;
}

function transition(code: number, resource: number, from: number, to: number, argument: number): void {
  kind(code, "StateTransition", argument);
  resourceOfCode[code] = resource;
  fromOfCode[code] = from;
  toOfCode[code] = to;
  if (argument !== Argument.Goroutine && argument !== Argument.Proc) isOwnTransition[code] = 1;
}

const { Goroutine, Proc, Task } = Resource;
const A = Argument;
transition(Wire.ProcStart, Proc, P.Idle, P.Running, A.Proc);
transition(Wire.ProcStop, Proc, P.Running, P.Idle, A.None);
transition(Wire.ProcSteal, Proc, P.Running, P.Idle, A.Proc);
transition(procStealIdleCode, Proc, P.Idle, P.Idle, A.Proc);
for (let from = 0; from < 4; from++) {
  for (let to = 0; to < 4; to++) transition(procStatusCode + 4 * from + to, Proc, from, to, A.Proc);
}
transition(Wire.GoCreate, Goroutine, G.NotExist, G.Runnable, A.Goroutine);
transition(Wire.GoCreateBlocked, Goroutine, G.NotExist, G.Waiting, A.Goroutine);
transition(Wire.GoCreateSyscall, Goroutine, G.NotExist, G.Syscall, A.Goroutine);
transition(Wire.GoStart, Goroutine, G.Runnable, G.Running, A.Goroutine);
transition(Wire.GoDestroy, Goroutine, G.Running, G.NotExist, A.None);
transition(Wire.GoDestroySyscall, Goroutine, G.Syscall, G.NotExist, A.None);
transition(Wire.GoStop, Goroutine, G.Running, G.Runnable, A.String);
transition(Wire.GoBlock, Goroutine, G.Running, G.Waiting, A.String);
for (const code of [Wire.GoUnblock, Wire.GoSwitch, Wire.GoSwitchDestroy]) {
  transition(code, Goroutine, G.Waiting, G.Runnable, A.Goroutine);
}
transition(Wire.GoSyscallBegin, Goroutine, G.Running, G.Syscall, A.None);
transition(Wire.GoSyscallEnd, Goroutine, G.Syscall, G.Running, A.None);
transition(Wire.GoSyscallEndBlocked, Goroutine, G.Syscall, G.Runnable, A.None);
for (let from = 0; from < 6; from++) {
  for (let to = 0; to < 6; to++) transition(goStatusCode + 8 * from + to, Goroutine, from, to, A.Goroutine);
}

// Wide values of the annotations are, in order: task, parent or nothing, then string numbers.
kind(syncCode, "Sync", A.Wide, 1);
kind(Wire.CPUSample, "StackSample");
for (const code of [Wire.ProcsChange, Wire.HeapAlloc, Wire.HeapGoal]) kind(code, "Metric", A.Wide, 1);
kind(Wire.GoLabel, "Label", A.String);
kind(Wire.STWBegin, "RangeBegin", A.String);
kind(Wire.STWEnd, "RangeEnd", A.String);
kind(Wire.GCBegin, "RangeBegin");
kind(Wire.GCActive, "RangeActive");
kind(Wire.GCEnd, "RangeEnd");
kind(Wire.GCSweepBegin, "RangeBegin");
kind(Wire.GCSweepActive, "RangeActive", A.Proc);
kind(Wire.GCSweepEnd, "RangeEnd", A.Wide, 2);
kind(Wire.GCMarkAssistBegin, "RangeBegin");
kind(Wire.GCMarkAssistActive, "RangeActive", A.Goroutine);
kind(Wire.GCMarkAssistEnd, "RangeEnd");
kind(Wire.UserTaskBegin, "TaskBegin", A.Wide, 3);
kind(Wire.UserTaskEnd, "TaskEnd", A.Wide, 3);
kind(Wire.UserRegionBegin, "RegionBegin", A.Wide, 2);
kind(Wire.UserRegionEnd, "RegionEnd", A.Wide, 2);
kind(Wire.UserLog, "Log", A.Wide, 3);
for (let code: number = Wire.Span; code <= Wire.GoroutineStackFree; code++)
  kind(code, "Experimental", A.Wide, 3);

for (const code of [Wire.STWBegin, Wire.STWEnd, Wire.GoLabel]) resourceOfCode[code] = Goroutine;
for (const code of [Wire.GCMarkAssistBegin, Wire.GCMarkAssistActive, Wire.GCMarkAssistEnd]) {
  resourceOfCode[code] = Goroutine;
}
for (const code of [Wire.GCSweepBegin, Wire.GCSweepActive, Wire.GCSweepEnd]) resourceOfCode[code] = Proc;
for (let code: number = Wire.UserTaskBegin; code <= Wire.UserLog; code++) resourceOfCode[code] = Task;

/** Names of the three metrics a trace records, by the code of their event. */
export const metricNames: ReadonlyMap<number, string> = new Map([
  [Wire.ProcsChange, "/sched/gomaxprocs:threads"],
  [Wire.HeapAlloc, "/memory/classes/heap/objects:bytes"],
  [Wire.HeapGoal, "/gc/heap/goal:bytes"],
]);

/** Names of ranges, by the code of their event; a stop-the-world's reason follows in parentheses. */
export const rangeNames: ReadonlyMap<number, string> = new Map([
  [Wire.STWBegin, "stop-the-world"],
  [Wire.STWEnd, "stop-the-world"],
  [Wire.GCBegin, "GC concurrent mark phase"],
  [Wire.GCActive, "GC concurrent mark phase"],
  [Wire.GCEnd, "GC concurrent mark phase"],
  [Wire.GCSweepBegin, "GC incremental sweep"],
  [Wire.GCSweepActive, "GC incremental sweep"],
  [Wire.GCSweepEnd, "GC incremental sweep"],
  [Wire.GCMarkAssistBegin, "GC mark assist"],
  [Wire.GCMarkAssistActive, "GC mark assist"],
  [Wire.GCMarkAssistEnd, "GC mark assist"],
]);
