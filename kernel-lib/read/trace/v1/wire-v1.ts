/**
 * The wire format of Go execution traces before Go 1.22 ("v1"), as data.
 *
 * Source: internal/trace/internal/tracev1/parser.go of the Go 1.26 toolchain, for headers 1.11 (Go 1.11 to 1.18), 1.19
 * (1.19 and 1.20) and 1.21. A file is a 16-byte header, then batches of one processor's events. An event's first
 * byte is its type in the low 6 bits and above them its number of arguments less one, or 3 when the arguments are
 * preceded by their length in bytes; arguments are LEB128 varints, the first of most events the ticks since the
 * event before it.
 */

/** Event types as they stand in the file. */
export const V1 = {
  None: 0,
  Batch: 1,
  Frequency: 2,
  Stack: 3,
  Gomaxprocs: 4,
  ProcStart: 5,
  ProcStop: 6,
  GCStart: 7,
  GCDone: 8,
  STWStart: 9,
  STWDone: 10,
  GCSweepStart: 11,
  GCSweepDone: 12,
  GoCreate: 13,
  GoStart: 14,
  GoEnd: 15,
  GoStop: 16,
  GoSched: 17,
  GoPreempt: 18,
  GoSleep: 19,
  GoBlock: 20,
  GoUnblock: 21,
  GoBlockSend: 22,
  GoBlockRecv: 23,
  GoBlockSelect: 24,
  GoBlockSync: 25,
  GoBlockCond: 26,
  GoBlockNet: 27,
  GoSysCall: 28,
  GoSysExit: 29,
  GoSysBlock: 30,
  GoWaiting: 31,
  GoInSyscall: 32,
  HeapAlloc: 33,
  HeapGoal: 34,
  TimerGoroutine: 35,
  FutileWakeup: 36,
  String: 37,
  GoStartLocal: 38,
  GoUnblockLocal: 39,
  GoSysExitLocal: 40,
  GoStartLabel: 41,
  GoBlockGC: 42,
  GCMarkAssistStart: 43,
  GCMarkAssistDone: 44,
  UserTaskCreate: 45,
  UserTaskEnd: 46,
  UserRegion: 47,
  UserLog: 48,
  CPUSample: 49,
} as const;

/** Names of the event types, by type. */
export const v1Names: readonly string[] = Object.keys(V1);

/** Types whose last argument is a stack. */
const withStack = new Set<string>(
  (
    "Gomaxprocs GCStart GCSweepStart GoCreate GoStop GoSched GoPreempt GoSleep GoBlock GoUnblock GoBlockSend " +
    "GoBlockRecv GoBlockSelect GoBlockSync GoBlockCond GoBlockNet GoSysCall GoUnblockLocal GoBlockGC " +
    "GCMarkAssistStart UserTaskCreate UserTaskEnd UserRegion UserLog CPUSample"
  ).split(" "),
);

/** Arguments between the ticks and the stack; types that are not here have none. */
const plainArguments: Partial<Record<keyof typeof V1, number>> = {
  Gomaxprocs: 1,
  ProcStart: 1,
  GCStart: 1,
  STWStart: 1,
  GCSweepDone: 2,
  GoCreate: 2,
  GoStart: 2,
  GoUnblock: 2,
  GoSysExit: 3,
  GoWaiting: 1,
  GoInSyscall: 1,
  HeapAlloc: 1,
  HeapGoal: 1,
  GoStartLocal: 1,
  GoUnblockLocal: 1,
  GoSysExitLocal: 2,
  GoStartLabel: 3,
  UserTaskCreate: 3,
  UserTaskEnd: 1,
  UserRegion: 3,
  UserLog: 2,
  CPUSample: 3,
};

/** By type: 1 when the last argument is a stack. */
export const hasStack: Uint8Array = Uint8Array.from(v1Names, (name) => (withStack.has(name) ? 1 : 0));

/** By type: arguments in all, ticks and stack included, of the events that have ticks. */
export const timedArguments: Uint8Array = Uint8Array.from(
  v1Names,
  (name, type) => 1 + (plainArguments[name as keyof typeof V1] ?? 0) + hasStack[type],
);

/** The first header in which a type appears. */
export function firstVersion(type: number): number {
  return type === V1.CPUSample ? 19 : 11;
}

/** Processors that do not exist, to which events are given that no processor of the program made. */
export const FakeP = { Timer: 1_000_001, Netpoll: 1_000_002, Syscall: 1_000_003, GC: 1_000_004 } as const;

/** Types after which their goroutine waits. */
export const blockingTypes: readonly number[] = [
  V1.GoSleep,
  V1.GoBlock,
  V1.GoBlockSend,
  V1.GoBlockRecv,
  V1.GoBlockSelect,
  V1.GoBlockSync,
  V1.GoBlockCond,
  V1.GoBlockNet,
  V1.GoBlockGC,
  V1.GoSysBlock,
];
