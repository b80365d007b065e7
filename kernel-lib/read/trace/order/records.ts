// Records of threads, goroutines and processors stand in one array each, so that what an event needs of one is
// on one cache line, and the loop has few arrays to hold.

import { G, P } from "../wire.js";

// Statuses as the runtime writes them.
export const GoStatus = { Runnable: 1, Running: 2, Syscall: 3, Waiting: 4 } as const;
export const ProcStatus = { Running: 1, Idle: 2, Syscall: 3, SyscallAbandoned: 4 } as const;
/** The status of a goroutine or processor that does not exist. */
export const unborn = 255;
export const goStateOfStatus: readonly number[] = [
  G.Undetermined,
  G.Runnable,
  G.Running,
  G.Syscall,
  G.Waiting,
];
export const procStateOfStatus: readonly number[] = [P.Undetermined, P.Running, P.Idle, P.Running, P.Idle];
export const goStatusNames: readonly string[] = ["Bad", "Runnable", "Running", "Syscall", "Waiting"];
export const procStatusNames: readonly string[] = ["Bad", "Running", "Idle", "Syscall", "SyscallAbandoned"];

export const GcState = { Undetermined: 0, NotRunning: 1, Running: 2 } as const;

/** More processors than any machine; an id beyond is damage. */
export const maxProcs: number = 1 << 20;
/** A value of a task or a string that stands for none. */
export const none = -1;

/** Fields of a thread's record: what it holds, whether it took part yet, its next event, its batch. */
export const Thread = { G: 0, P: 1, Known: 2, Type: 3, Pos: 4, End: 5, Batch: 6 } as const;
export const threadShift = 3;
/**
 * Fields of a goroutine's or processor's record; a sequence number holds within its generation. The last one is a
 * goroutine's innermost open region, and whether a processor sweeps.
 */
export const State = { Status: 0, Sequence: 1, Generation: 2, Region: 3, Sweeping: 3 } as const;
export const stateShift = 2;

export function unbornStates(count: number): Int32Array {
  const states = new Int32Array(count << stateShift);
  for (let at = 0; at < states.length; at += 1 << stateShift) states[at] = unborn;
  return states;
}

export function idleThreads(count: number): Int32Array {
  const threads = new Int32Array(count << threadShift);
  for (let at = 0; at < threads.length; at += 1 << threadShift) {
    threads[at + Thread.G] = -1;
    threads[at + Thread.P] = -1;
  }
  return threads;
}
