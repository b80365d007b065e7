// Goroutines that come into being, end, switch, or are said to be in a state.

import { goStatusCode } from "../event-codes.js";
import { type GenerationTables, missing } from "../generation-tables.js";
import { G, Wire, wireNames } from "../wire.js";
import type { OrderState } from "./order-state.js";
import { contextProblem, procStatusName } from "./problems.js";
import {
  GoStatus,
  goStateOfStatus,
  goStatusNames,
  ProcStatus,
  State,
  stateShift,
  Thread,
  threadShift,
  unborn,
} from "./records.js";
import { signed } from "./signed.js";

export function goCreate(
  order: OrderState,
  type: number,
  m: number,
  p: number,
  g: number,
  named: number,
  tables: GenerationTables,
): void {
  const { rare, goState, args } = order;
  const id = args[0];
  const creationId = args[1];
  const stackId = args[2];
  if (m === 0 || p < 0) {
    rare.problem = contextProblem(m, p, 0, true, 0);
    return;
  }
  const creator = g < 0 ? unborn : goState[g << stateShift];
  if (creator !== unborn && creator !== GoStatus.Running) {
    rare.problem = `${wireNames[type]} event for goroutine that's not Running`;
    return;
  }
  if (!order.mayBeBorn(named, id, "")) return;
  let creation = creationId === 0 ? -1 : tables.stacks.get(creationId);
  if (creation === missing) {
    rare.problem = order.missing("stack", creationId, m);
    if (rare.problem !== "") return;
    creation = -1;
  }
  const status = type === Wire.GoCreate ? GoStatus.Runnable : GoStatus.Waiting;
  rare.a = order.bear(order.newborn(named, id, creation), status);
  rare.stack = stackId;
  rare.done = 1;
}

export function goCreateSyscall(
  order: OrderState,
  _type: number,
  m: number,
  p: number,
  g: number,
  named: number,
): void {
  const { rare, args } = order;
  if (m === 0 || g >= 0) {
    rare.problem = contextProblem(m, p, g, false, -1);
    return;
  }
  if (!order.mayBeBorn(named, args[0], " in syscall")) return;
  rare.a = order.bear(order.newborn(named, args[0], -1), GoStatus.Syscall);
  order.threads[(m << threadShift) + Thread.G] = rare.a;
  rare.done = 1;
}

export function goDestroySyscall(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare, goState, procState, threads } = order;
  if (m === 0 || g < 0) {
    rare.problem = contextProblem(m, p, g, false, 1);
    return;
  }
  if (goState[g << stateShift] !== GoStatus.Syscall) {
    rare.problem = "GoDestroySyscall event for goroutine that's not Syscall";
    return;
  }
  if (p >= 0 && procState[p << stateShift] !== ProcStatus.Syscall) {
    const status = procStatusName(procState[p << stateShift]);
    rare.problem = `proc ${p} in unexpected state ${status} during GoDestroySyscall`;
    return;
  }
  order.bury(g);
  threads[(m << threadShift) + Thread.G] = -1;
  rare.done = 1;
  if (p < 0) return;
  // The system may use the thread's id again: it must not be found to hold this processor.
  procState[p << stateShift] = ProcStatus.SyscallAbandoned;
  threads[(m << threadShift) + Thread.P] = -1;
  rare.done = 4;
}

export function goSwitch(
  order: OrderState,
  type: number,
  m: number,
  p: number,
  g: number,
  named: number,
): void {
  const { rare, goState, args } = order;
  if (m === 0 || p < 0 || g < 0) {
    rare.problem = contextProblem(m, p, g, true, 1);
    return;
  }
  if (goState[g << stateShift] !== GoStatus.Running) {
    rare.problem = `${wireNames[type]} event for goroutine that's not Running`;
    return;
  }
  const next = named << stateShift;
  if (named < 0 || goState[next] !== GoStatus.Waiting || !order.succeeds(goState, next, args[1])) return;
  if (type === Wire.GoSwitch) goState[g << stateShift] = GoStatus.Waiting;
  else order.bury(g);
  goState[next] = GoStatus.Running;
  goState[next + State.Sequence] = args[1];
  order.threads[(m << threadShift) + Thread.G] = named;
  rare.a = named;
  rare.next = named;
  rare.done = type === Wire.GoSwitch ? 2 : 3;
}

export function goStatus(
  order: OrderState,
  type: number,
  m: number,
  _p: number,
  g: number,
  named: number,
): void {
  const { rare, args } = order;
  const id = args[0];
  const thread = args[1];
  const status = args[2];
  const stack = args[3];
  if (status > 4) {
    rare.problem = `invalid status for goroutine ${id}: ${status}`;
    return;
  }
  let from: number = goStateOfStatus[status];
  const to = from;
  let dense = named;
  const old = named < 0 ? unborn : order.goState[named << stateShift];
  if (old === unborn) {
    if (!order.inFirstGeneration) {
      const name = goStatusNames[status];
      rare.problem = `found goroutine status for new goroutine after the first generation: id=${id} status=${name}`;
      return;
    }
    if (!order.mayBeBorn(named, id, "")) return;
    // After damage it may be known from before: it is the same one.
    if (named < 0) dense = order.store.newGoroutine(id, -1);
    from = G.Undetermined;
  } else if (old !== status) {
    const was = goStatusNames[old];
    rare.problem = `inconsistent status for goroutine ${id}: old ${was} vs. new ${goStatusNames[status]}`;
    return;
  }
  order.bear(dense, status);
  if (status === GoStatus.Running && m !== 0) order.threads[(m << threadShift) + Thread.G] = dense;
  if (status === GoStatus.Syscall && !bindSyscall(order, dense, id, signed(thread), m, g)) return;
  rare.code = goStatusCode + 8 * from + to;
  rare.a = dense;
  if (type === Wire.GoStatusStack) rare.stack = stack;
  rare.done = 1;
}

/** A goroutine found in a system call belongs to a thread, which may be another one than that of the event. */
function bindSyscall(
  order: OrderState,
  dense: number,
  id: number,
  threadId: number,
  m: number,
  g: number,
): boolean {
  const { rare, store } = order;
  if (threadId === -1) {
    rare.problem = `found goroutine ${id} in syscall without a thread`;
    return false;
  }
  const on = store.thread(threadId);
  order.growThreads(store.threads.size);
  const { threads } = order;
  const record = on << threadShift;
  const known = threads[record + Thread.Known] !== 0;
  const holds = on === m ? g : threads[record + Thread.G];
  const mayDiffer = on === m ? order.inFirstGeneration : !known;
  if (holds !== dense && !mayDiffer) {
    const other = holds < 0 ? -1 : store.goroutines.ids[holds];
    rare.problem = `inconsistent thread for syscalling goroutine ${id}: thread has goroutine ${other}`;
    return false;
  }
  if (on === m) {
    threads[record + Thread.G] = dense;
    return true;
  }
  if (known) rare.g = dense;
  else {
    threads[record + Thread.Known] = 1;
    threads[record + Thread.G] = dense;
    threads[record + Thread.P] = -1;
  }
  rare.m = on;
  return true;
}
