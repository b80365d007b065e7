// What lets a damaged generation go on: state is made what the next event says it is, or the event is left out.

import { heapRemove, heapUpdate } from "../frontier-heap.js";
import type { GenerationTables } from "../generation-tables.js";
import { argumentCounts, Wire } from "../wire.js";
import { longVarint, varintEnd } from "./long-varint.js";
import type { OrderOptions, OrderState } from "./order-state.js";
import {
  GcState,
  GoStatus,
  maxProcs,
  ProcStatus,
  State,
  stateShift,
  Thread,
  threadShift,
  unborn,
} from "./records.js";
import { signed } from "./signed.js";

/**
 * Lets an event come that cannot: what it follows is lost with a part of the file. The first time the state is made what
 * the event says it is; when that does not help the event is dropped.
 */
export function repair(
  order: OrderState,
  m: number,
  slot: number,
  tables: GenerationTables,
  options: OrderOptions,
): void {
  const { threads, args, nextTime } = order;
  const record = m << threadShift;
  const start = threads[record + Thread.Pos];
  const type = threads[record + Thread.Type];
  let pos = start;
  for (let at = 0; at < argumentCounts[type]; at++) {
    args[at] = longVarint(order.bytes, pos);
    pos = varintEnd;
  }
  if (!order.repairedAt.has(start)) {
    order.repairedAt.add(start);
    if (force(order, type, m)) {
      order.repairs.forced++;
      return;
    }
  }
  order.repairs.dropped++;
  threads[record + Thread.Pos] = pos;
  const more = order.batchAfter[threads[record + Thread.Batch] - order.firstBatch];
  const goesOn = pos < threads[record + Thread.End] || (more >= 0 && order.openBatch(m, more, tables));
  if (goesOn && order.peekFirst(m, tables, options)) heapUpdate(order.heap, nextTime, order.heapSize, slot);
  else order.heapSize = heapRemove(order.heap, nextTime, order.heapSize, slot);
}

/** Makes the state what the event of `args` needs; false when nothing can be done for it. */
function force(order: OrderState, type: number, m: number): boolean {
  const { threads, args, goState, procState } = order;
  const record = m << threadShift;
  const g = threads[record + Thread.G];
  const p = threads[record + Thread.P];
  switch (type) {
    case Wire.GoStart:
      threads[record + Thread.G] = -1;
      return p >= 0 && forceGoroutine(order, args[0], GoStatus.Runnable, args[1] - 1);
    case Wire.GoUnblock:
      return forceGoroutine(order, args[0], GoStatus.Waiting, args[1] - 1);
    case Wire.GoSwitch:
    case Wire.GoSwitchDestroy:
      if (g < 0 || p < 0 || order.store.goroutines.find(args[0]) === g) return false;
      goState[g << stateShift] = GoStatus.Running;
      return forceGoroutine(order, args[0], GoStatus.Waiting, args[1] - 1);
    case Wire.GoCreate:
    case Wire.GoCreateBlocked:
    case Wire.GoCreateSyscall:
      forceGoroutine(order, args[0], unborn, 0);
      if (type === Wire.GoCreateSyscall) threads[record + Thread.G] = -1;
      else if (threads[record + Thread.G] >= 0) goState[g << stateShift] = GoStatus.Running;
      return true;
    case Wire.GoStatus:
    case Wire.GoStatusStack:
      return forceStatus(order);
    case Wire.GoBlock:
    case Wire.GoStop:
    case Wire.GoDestroy:
    case Wire.GoSyscallBegin:
      if (g < 0 || p < 0) return false;
      goState[g << stateShift] = GoStatus.Running;
      return type !== Wire.GoSyscallBegin || forceProc(order, p, ProcStatus.Running, args[0] - 1);
    case Wire.GoSyscallEnd:
      if (g < 0 || p < 0) return false;
      goState[g << stateShift] = GoStatus.Syscall;
      procState[p << stateShift] = ProcStatus.Syscall;
      return true;
    case Wire.GoSyscallEndBlocked:
    case Wire.GoDestroySyscall:
      if (g < 0) return false;
      goState[g << stateShift] = GoStatus.Syscall;
      if (p >= 0) procState[p << stateShift] = ProcStatus.Idle;
      threads[record + Thread.P] = -1;
      return true;
    case Wire.ProcStart:
      threads[record + Thread.P] = -1;
      return forceProc(order, args[0], ProcStatus.Idle, args[1] - 1);
    case Wire.ProcSteal:
      // As if its thread had been lost sight of: there is then nothing to take from it.
      return forceProc(order, args[0], ProcStatus.SyscallAbandoned, args[1] - 1);
    case Wire.ProcStatus:
      return args[1] <= 4 && forceProc(order, args[0], args[1], 0);
    case Wire.GCBegin:
    case Wire.GCEnd:
    case Wire.GCActive:
      order.gcSequence = args[0] - 1;
      order.gcState = type === Wire.GCBegin ? GcState.NotRunning : GcState.Running;
      return g >= 0 && p >= 0;
    case Wire.UserTaskBegin:
      return order.activeTasks.delete(args[0]);
    case Wire.UserRegionEnd:
      return g >= 0 && order.forgetRegions(g);
    case Wire.STWBegin:
    case Wire.GCMarkAssistBegin:
      return order.goRanges.delete(g);
    default:
      return false;
  }
}

/** A goroutine's status event is believed: what was known of it is forgotten, and so is who held it. */
function forceStatus(order: OrderState): boolean {
  const { args, threads, store } = order;
  const [id, thread, status] = args;
  if (status > 4 || id > Number.MAX_SAFE_INTEGER) return false;
  if (status === GoStatus.Syscall) {
    const on = store.threads.find(signed(thread));
    if (on >= 0 && on < order.nextTime.length) {
      threads[(on << threadShift) + Thread.G] = -1;
      threads[(on << threadShift) + Thread.Known] = 0;
    }
  }
  // Goroutines that are new to a later generation are let in from here on, as in a first one.
  order.initialOrdinal = order.ordinal;
  return forceGoroutine(order, id, unborn, 0);
}

/** Gives a goroutine a status and a sequence number, whatever it had; no thread holds it any more. */
function forceGoroutine(order: OrderState, id: number, status: number, sequence: number): boolean {
  if (id > Number.MAX_SAFE_INTEGER) return false;
  const { store, threads } = order;
  let dense = store.goroutines.find(id);
  if (dense < 0) {
    if (status === unborn) return true;
    dense = store.newGoroutine(id, -1);
  }
  order.bear(dense, status);
  order.goState[(dense << stateShift) + State.Sequence] = sequence;
  for (let at: number = Thread.G; at < threads.length; at += 1 << threadShift) {
    if (threads[at] === dense) threads[at] = -1;
  }
  return true;
}

/** Gives a processor a status and a sequence number, whatever it had; unless it runs no thread holds it any more. */
function forceProc(order: OrderState, id: number, status: number, sequence: number): boolean {
  if (id >= maxProcs) return false;
  order.growProcs(id);
  const { procState, threads } = order;
  const proc = id << stateShift;
  procState[proc + State.Status] = status;
  procState[proc + State.Sequence] = sequence;
  procState[proc + State.Generation] = order.ordinal;
  if (status === ProcStatus.Running) return true;
  for (let at: number = Thread.P; at < threads.length; at += 1 << threadShift) {
    if (threads[at] === id) threads[at] = -1;
  }
  return true;
}
