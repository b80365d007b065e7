// Ranges of the collector and the world: sweeps of a processor, assists and stops of a goroutine.

import { Wire, wireNames } from "../wire.js";
import type { OrderState } from "./order-state.js";
import { activeProblem, contextProblem } from "./problems.js";
import { State, stateShift, unborn } from "./records.js";

export function sweepBeginOrEnd(order: OrderState, type: number, m: number, p: number): void {
  const { rare, procState, args } = order;
  if (m === 0 || p < 0) {
    rare.problem = contextProblem(m, p, 0, true, 0);
    return;
  }
  const begins = type === Wire.GCSweepBegin;
  const at = (p << stateShift) + State.Sweeping;
  if ((procState[at] !== 0) === begins) {
    rare.problem = begins
      ? "discovered event already in-flight for when starting event GCSweepBegin"
      : "tried to end event GCSweepBegin, but not in-flight";
    return;
  }
  procState[at] = begins ? 1 : 0;
  if (begins) rare.stack = args[0];
  else order.setWide(2, args[0], args[1], 0);
  rare.done = 1;
}

export function sweepActive(order: OrderState): void {
  const { rare, procState } = order;
  const proc = order.args[0];
  const there = proc < procState.length >> stateShift && procState[proc << stateShift] !== unborn;
  if (!there) {
    rare.problem = `encountered GCSweepActive for unknown proc ${proc}`;
    return;
  }
  const at = (proc << stateShift) + State.Sweeping;
  rare.problem = activeProblem(order.inFirstGeneration, procState[at] !== 0, "GCSweepBegin");
  procState[at] = 1;
  rare.a = proc | 0;
  rare.done = 1;
}

export function assistActive(
  order: OrderState,
  _type: number,
  _m: number,
  _p: number,
  _g: number,
  named: number,
): void {
  const { rare, goState } = order;
  if (named < 0 || goState[named << stateShift] === unborn) {
    rare.problem = `uninitialized goroutine ${order.args[0]} found during GCMarkAssistActive`;
    return;
  }
  const has = rangesOf(order, named).some((range) => range.begin === Wire.GCMarkAssistBegin);
  rare.problem = activeProblem(order.inFirstGeneration, has, "GCMarkAssistBegin");
  if (!has) addRange(order, named, Wire.GCMarkAssistBegin, 0);
  rare.a = named;
  rare.done = 1;
}

/** A stop of the world or an assist begins. */
export function rangeBegin(order: OrderState, type: number, m: number, p: number, g: number): void {
  const { rare, args } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  if (rare.problem !== "") return;
  const isStop = type === Wire.STWBegin;
  const reason = isStop ? order.stringNumber(args[0], m) : 0;
  if (rangesOf(order, g).some((range) => range.begin === type && range.reason === reason)) {
    rare.problem = `discovered event already in-flight for when starting event ${wireNames[type]}`;
    return;
  }
  addRange(order, g, type, reason);
  rare.stack = isStop ? args[1] : args[0];
  if (isStop) rare.a = reason;
  rare.done = 1;
}

/** A stop of the world or an assist ends. */
export function rangeEnd(order: OrderState, type: number, m: number, p: number, g: number): void {
  const { rare } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  if (rare.problem !== "") return;
  const begin = type === Wire.STWEnd ? Wire.STWBegin : Wire.GCMarkAssistBegin;
  const reason = endRange(order, g, begin);
  if (reason < 0) rare.problem = `tried to end event ${wireNames[begin]}, but not in-flight`;
  if (type === Wire.STWEnd) rare.a = reason;
  rare.done = 1;
}

function rangesOf(order: OrderState, g: number): { begin: number; reason: number }[] {
  return order.goRanges.get(g) ?? [];
}

function addRange(order: OrderState, g: number, begin: number, reason: number): void {
  const ranges = order.goRanges.get(g);
  if (ranges) ranges.push({ begin, reason });
  else order.goRanges.set(g, [{ begin, reason }]);
}

/** Ends the first open range of a type and returns its reason, -1 when there is none. */
function endRange(order: OrderState, g: number, begin: number): number {
  const ranges = order.goRanges.get(g);
  const at = ranges ? ranges.findIndex((range) => range.begin === begin) : -1;
  if (!ranges || at < 0) return -1;
  const { reason } = ranges[at];
  ranges[at] = ranges[ranges.length - 1];
  ranges.pop();
  if (ranges.length === 0) order.goRanges.delete(g);
  return reason;
}
