// Processors that are taken away, or are said to be in a state.

import { procStatusCode, procStealIdleCode } from "../event-codes.js";
import { P } from "../wire.js";
import type { OrderState } from "./order-state.js";
import { contextProblem, procStatusName } from "./problems.js";
import {
  maxProcs,
  ProcStatus,
  procStateOfStatus,
  State,
  stateShift,
  Thread,
  threadShift,
  unborn,
} from "./records.js";
import { signed } from "./signed.js";

export function procSteal(order: OrderState, _type: number, m: number, p: number): void {
  const { rare, procState, threads } = order;
  const id = order.args[0];
  const sequence = order.args[1];
  const fromId = order.args[2];
  const proc = id << stateShift;
  if (id >= procState.length >> stateShift) return;
  const status = procState[proc];
  const stealable = status === ProcStatus.Syscall || status === ProcStatus.SyscallAbandoned;
  if (!stealable || !order.succeeds(procState, proc, sequence)) return;
  if (m === 0) {
    rare.problem = contextProblem(m, 0, 0, false, 0);
    return;
  }
  procState[proc] = ProcStatus.Idle;
  procState[proc + State.Sequence] = sequence;
  rare.a = id | 0;
  rare.done = 1;
  if (status === ProcStatus.SyscallAbandoned) {
    // Where the processor's thread went is not known, so there is nothing to take from it.
    rare.code = procStealIdleCode;
    return;
  }
  const from = order.store.threads.find(signed(fromId));
  const record = from << threadShift;
  if (from === m) {
    if (p !== id)
      rare.problem = `tried to self-steal proc ${id} (thread ${fromId}), but got proc ${p} instead`;
  } else if (from < 0 || record >= threads.length || threads[record + Thread.Known] === 0) {
    rare.problem = `stole proc from non-existent thread ${fromId}`;
  } else if (threads[record + Thread.P] !== id) {
    const held = threads[record + Thread.P];
    rare.problem = `tried to steal proc ${id} from thread ${fromId}, but got proc ${held} instead`;
  }
  if (rare.problem === "") threads[record + Thread.P] = -1;
  else rare.done = 0;
}

export function procStatus(order: OrderState, _type: number, m: number): void {
  const { rare } = order;
  const id = order.args[0];
  const status = order.args[1];
  if (status > 4) {
    rare.problem = `invalid status for proc ${id}: ${status}`;
    return;
  }
  if (id >= maxProcs) {
    rare.problem = `implausible proc ID ${id}`;
    return;
  }
  order.growProcs(id);
  const { procState, threads } = order;
  const proc = id << stateShift;
  const old = procState[proc];
  let from: number = procStateOfStatus[status];
  let to = from;
  if (old === unborn) {
    procState[proc] = status;
    from = order.inFirstGeneration ? P.Undetermined : P.NotExist;
  } else if (status === ProcStatus.SyscallAbandoned && old === ProcStatus.Syscall) {
    // Nothing was lost: it is still in the system call, on the thread that holds it.
    from = P.Running;
    to = P.Running;
    const holder = holderOf(order, id);
    if (holder < 0) {
      rare.problem = `failed to find sched context for proc ${id} that's about to be stolen`;
      return;
    }
    rare.m = holder;
    rare.p = id | 0;
    rare.g = threads[(holder << threadShift) + Thread.G];
  } else if (old !== status) {
    const was = procStatusName(old);
    rare.problem = `inconsistent status for proc ${id}: old ${was} vs. new ${procStatusName(status)}`;
    return;
  }
  procState[proc + State.Sequence] = 0;
  procState[proc + State.Generation] = order.ordinal;
  const bound = status === ProcStatus.Running || status === ProcStatus.Syscall;
  if (bound && m !== 0) threads[(m << threadShift) + Thread.P] = id;
  rare.code = procStatusCode + 4 * from + to;
  rare.a = id | 0;
  rare.done = 1;
}

function holderOf(order: OrderState, p: number): number {
  const { threads } = order;
  for (let m = 1; m << threadShift < threads.length; m++) {
    const record = m << threadShift;
    if (threads[record + Thread.Known] !== 0 && threads[record + Thread.P] === p) return m;
  }
  return -1;
}
