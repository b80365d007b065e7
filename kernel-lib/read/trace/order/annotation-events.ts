// Metrics, labels, tasks, regions and logs.

import { noRegion } from "../open-regions.js";
import { noThread, Wire } from "../wire.js";
import type { OrderState } from "./order-state.js";
import { contextProblem } from "./problems.js";
import { none, State, stateShift } from "./records.js";

export function heapGoal(order: OrderState, _type: number, m: number, p: number): void {
  const { rare } = order;
  rare.problem = contextProblem(m, p, 0, true, 0);
  order.setWide(1, order.args[0], 0, 0);
  rare.done = 1;
}

export function procsChange(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare, args } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  order.setWide(1, args[0], 0, 0);
  rare.stack = args[1];
  rare.done = 1;
}

export function goLabel(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  if (rare.problem === "") rare.a = order.stringNumber(order.args[0], m);
  rare.done = 1;
}

export function taskBegin(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare, activeTasks, args } = order;
  const task = args[0];
  rare.problem = activeTasks.has(task) ? `task ID conflict: ${task}` : contextProblem(m, p, g, true, 1);
  if (rare.problem !== "") return;
  const name = order.stringNumber(args[2], m);
  if (rare.problem !== "") return;
  const parent = args[1] === 0 || args[1] === noThread ? none : args[1];
  activeTasks.set(task, { name, parent });
  order.setWide(3, task, parent, name);
  rare.stack = args[3];
  rare.done = 1;
}

export function taskEnd(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare, activeTasks, args } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  const task = activeTasks.get(args[0]);
  activeTasks.delete(args[0]);
  order.setWide(3, args[0], task?.parent ?? none, task?.name ?? 0);
  rare.stack = args[1];
  rare.done = 1;
}

export function regionBeginOrEnd(order: OrderState, type: number, m: number, p: number, g: number): void {
  const { rare, args } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  if (rare.problem !== "") return;
  const name = order.stringNumber(args[1], m);
  if (rare.problem === "") followRegion(order, type, g, args[0], name);
  order.setWide(2, args[0], name, 0);
  rare.stack = args[2];
  rare.done = 1;
}

export function userLog(order: OrderState, _type: number, m: number, p: number, g: number): void {
  const { rare, args } = order;
  rare.problem = contextProblem(m, p, g, true, 1);
  if (rare.problem !== "") return;
  const category = order.stringNumber(args[1], m);
  if (rare.problem !== "") return;
  order.setWide(3, args[0], category, order.stringNumber(args[2], m));
  rare.stack = args[3];
  rare.done = 1;
}

/** Regions nest within a goroutine; ends of regions that began before the trace are let pass. */
function followRegion(order: OrderState, type: number, g: number, task: number, name: number): void {
  const { regions, goState } = order;
  const at = (g << stateShift) + State.Region;
  const innermost = goState[at];
  if (type === Wire.UserRegionBegin) goState[at] = regions.open(innermost, task, name);
  else if (innermost === noRegion) return;
  else if (regions.taskOf(innermost) !== task || regions.nameOf(innermost) !== name) {
    order.rare.problem = regionProblem(order, g, task, name, innermost);
  } else goState[at] = regions.close(innermost);
}

function regionProblem(order: OrderState, g: number, task: number, name: number, innermost: number): string {
  const { strings, goroutines } = order.store;
  const { regions } = order;
  const ended = `{${task} ${strings.values[name]}}`;
  const open = `{${regions.taskOf(innermost)} ${strings.values[regions.nameOf(innermost)]}}`;
  return (
    `misuse of region in goroutine ${goroutines.ids[g]}: region end ${ended} when the inner-most active ` +
    `region start event is ${open}`
  );
}
