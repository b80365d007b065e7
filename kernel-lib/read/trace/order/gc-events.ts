// The mark phase: begin and end can be on different threads, so it has a sequence of its own.

import { Wire, wireNames } from "../wire.js";
import type { OrderState } from "./order-state.js";
import { contextProblem } from "./problems.js";
import { GcState } from "./records.js";

/** The mark phase: begin and end can be on different threads, so it has a sequence of its own. */
export function advanceGc(order: OrderState, type: number, m: number, p: number, g: number): void {
  const { rare } = order;
  const sequence = order.args[0];
  const stack = order.args[1];
  if (type === Wire.GCBegin) rare.stack = stack;
  const startsKnowing =
    (type === Wire.GCActive && order.inFirstGeneration) ||
    (type === Wire.GCBegin && order.gcState === GcState.Undetermined);
  if (startsKnowing) {
    if (order.gcState !== GcState.Undetermined) {
      rare.problem = "GCActive in the first generation isn't first GC event";
      return;
    }
  } else {
    if (sequence !== order.gcSequence + 1) return;
    rare.problem = gcProblem(order, type);
    if (rare.problem === "") rare.problem = contextProblem(m, p, g, true, 1);
    if (rare.problem !== "") return;
  }
  order.gcSequence = sequence;
  order.gcState = type === Wire.GCEnd ? GcState.NotRunning : GcState.Running;
  rare.done = 1;
}

function gcProblem(order: OrderState, type: number): string {
  if (type === Wire.GCBegin) {
    return order.gcState === GcState.Running ? "encountered GCBegin while GC was already in progress" : "";
  }
  if (order.gcState === GcState.Running) return "";
  const undetermined = order.gcState === GcState.Undetermined && type === Wire.GCEnd;
  const state = undetermined ? "GC was in an undetermined state" : "GC was not in progress";
  return `encountered ${wireNames[type]} when ${state}`;
}
