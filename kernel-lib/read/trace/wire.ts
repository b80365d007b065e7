/**
 * The wire format of Go execution traces since Go 1.22 ("v2"), as data.
 *
 * Source: internal/trace/tracev2/events.go and internal/trace/version of the Go 1.26 toolchain. A file is a
 * 16-byte header `go 1.N trace` padded with NUL, then batches. An event batch is
 * `EventBatch gen m time size`, then `size` bytes of events; each event is one type byte and its
 * arguments as LEB128 varints, the first of them the ticks since the event before it in the batch.
 */

/** Event types as they stand in the file. */
export const Wire = {
  EventBatch: 1,
  Stacks: 2,
  Stack: 3,
  Strings: 4,
  String: 5,
  CPUSamples: 6,
  CPUSample: 7,
  Frequency: 8,
  ProcsChange: 9,
  ProcStart: 10,
  ProcStop: 11,
  ProcSteal: 12,
  ProcStatus: 13,
  GoCreate: 14,
  GoCreateSyscall: 15,
  GoStart: 16,
  GoDestroy: 17,
  GoDestroySyscall: 18,
  GoStop: 19,
  GoBlock: 20,
  GoUnblock: 21,
  GoSyscallBegin: 22,
  GoSyscallEnd: 23,
  GoSyscallEndBlocked: 24,
  GoStatus: 25,
  STWBegin: 26,
  STWEnd: 27,
  GCActive: 28,
  GCBegin: 29,
  GCEnd: 30,
  GCSweepActive: 31,
  GCSweepBegin: 32,
  GCSweepEnd: 33,
  GCMarkAssistActive: 34,
  GCMarkAssistBegin: 35,
  GCMarkAssistEnd: 36,
  HeapAlloc: 37,
  HeapGoal: 38,
  GoLabel: 39,
  UserTaskBegin: 40,
  UserTaskEnd: 41,
  UserRegionBegin: 42,
  UserRegionEnd: 43,
  UserLog: 44,
  GoSwitch: 45,
  GoSwitchDestroy: 46,
  GoCreateBlocked: 47,
  GoStatusStack: 48,
  ExperimentalBatch: 49,
  Sync: 50,
  ClockSnapshot: 51,
  EndOfGeneration: 52,
  Span: 128,
  SpanAlloc: 129,
  SpanFree: 130,
  HeapObject: 131,
  HeapObjectAlloc: 132,
  HeapObjectFree: 133,
  GoroutineStack: 134,
  GoroutineStackAlloc: 135,
  GoroutineStackFree: 136,
} as const;

/** Names of the event types, by type; undefined where there is none. */
export const wireNames: readonly (string | undefined)[] = (() => {
  const names: (string | undefined)[] = new Array(256).fill(undefined);
  for (const [name, type] of Object.entries(Wire)) names[type] = name;
  return names;
})();

/** Arguments of each timed event after its time difference; the others are structural and have none. */
const timedArguments: Partial<Record<keyof typeof Wire, string>> = {
  ProcsChange: "procs_value stack",
  ProcStart: "p p_seq",
  ProcStop: "",
  ProcSteal: "p p_seq m",
  ProcStatus: "p pstatus",
  GoCreate: "new_g new_stack stack",
  GoCreateSyscall: "new_g",
  GoStart: "g g_seq",
  GoDestroy: "",
  GoDestroySyscall: "",
  GoStop: "reason_string stack",
  GoBlock: "reason_string stack",
  GoUnblock: "g g_seq stack",
  GoSyscallBegin: "p_seq stack",
  GoSyscallEnd: "",
  GoSyscallEndBlocked: "",
  GoStatus: "g m gstatus",
  STWBegin: "kind_string stack",
  STWEnd: "",
  GCActive: "gc_seq",
  GCBegin: "gc_seq stack",
  GCEnd: "gc_seq",
  GCSweepActive: "p",
  GCSweepBegin: "stack",
  GCSweepEnd: "swept_value reclaimed_value",
  GCMarkAssistActive: "g",
  GCMarkAssistBegin: "stack",
  GCMarkAssistEnd: "",
  HeapAlloc: "heapalloc_value",
  HeapGoal: "heapgoal_value",
  GoLabel: "label_string",
  UserTaskBegin: "task parent_task name_string stack",
  UserTaskEnd: "task stack",
  UserRegionBegin: "task name_string stack",
  UserRegionEnd: "task name_string stack",
  UserLog: "task key_string value_string stack",
  GoSwitch: "g g_seq",
  GoSwitchDestroy: "g g_seq",
  GoCreateBlocked: "new_g new_stack stack",
  GoStatusStack: "g m gstatus stack",
  ClockSnapshot: "mono sec nsec",
  Span: "id npages_value kindclass",
  SpanAlloc: "id npages_value kindclass",
  SpanFree: "id",
  HeapObject: "id type",
  HeapObjectAlloc: "id type",
  HeapObjectFree: "id",
  GoroutineStack: "id order",
  GoroutineStackAlloc: "id order",
  GoroutineStackFree: "id",
};

/** Marks a type in {@link argumentCounts} that is not a timed event. */
export const notTimed = 255;

/** Number of arguments after the time difference, by event type; {@link notTimed} for all other bytes. */
export const argumentCounts: Uint8Array = (() => {
  const counts = new Uint8Array(256).fill(notTimed);
  for (const [name, names] of Object.entries(timedArguments)) {
    counts[Wire[name as keyof typeof Wire]] = names === "" ? 0 : names.split(" ").length;
  }
  return counts;
})();

/** Batches hold at most this many bytes of events. */
export const maxBatchBytes: number = 64 << 10;
/** Stacks have at most this many frames. */
export const maxStackFrames = 128;
/** Strings have at most this many bytes. */
export const maxStringBytes: number = 1 << 10;
/** The thread id of a batch that belongs to no thread, 2^64-1, as the double a varint gives. */
export const noThread: number = 2 ** 64;

/** Goroutine states in the order of golang.org/x/exp/trace. */
export const goroutineStates = [
  "Undetermined",
  "NotExist",
  "Runnable",
  "Running",
  "Waiting",
  "Syscall",
] as const;
/** Processor states in the order of golang.org/x/exp/trace. */
export const procStates = ["Undetermined", "NotExist", "Running", "Idle"] as const;

/** Numbers of {@link goroutineStates}. */
export const G = { Undetermined: 0, NotExist: 1, Runnable: 2, Running: 3, Waiting: 4, Syscall: 5 } as const;
/** Numbers of {@link procStates}. */
export const P = { Undetermined: 0, NotExist: 1, Running: 2, Idle: 3 } as const;
