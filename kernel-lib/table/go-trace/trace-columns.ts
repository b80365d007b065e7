import { type ComputedColumn, computedColumn } from "../../bytes/lazy-column.js";
import type { EventColumns, EventStore } from "../../read/trace/event-store.js";

/** A trace as the builders of its tables see it: ordered events, numberings, and the capture's end. */
export interface TraceData {
  readonly columns: EventColumns;
  readonly store: EventStore;
  /** Time of the last event. */
  readonly endNs: number;
}

/**
 * Ids of dense numbers as a typed column: 32-bit integers where they fit, doubles otherwise; -1 for none.
 * The numbers' own array becomes the column where it can, so it must not be used again.
 */
export function idsOf(dense: Int32Array, ids: Float64Array): Int32Array | Float64Array {
  const out = fitInt32(ids) ? dense : new Float64Array(dense.length);
  for (let row = 0; row < dense.length; row++) out[row] = dense[row] < 0 ? -1 : ids[dense[row]];
  return out;
}

/** Whether ids are whole numbers of 32 bits. */
export function fitInt32(ids: Float64Array): boolean {
  return ids.every((id) => id === (id | 0));
}

/** Rows of events whose code `wanted` marks with 1. */
export function rowsWhere(columns: EventColumns, wanted: Uint8Array): Int32Array {
  const { code, rows } = columns;
  let count = 0;
  for (let row = 0; row < rows; row++) count += wanted[code[row]];
  const out = new Int32Array(count);
  let at = 0;
  for (let row = 0; row < rows; row++) if (wanted[code[row]] === 1) out[at++] = row;
  return out;
}

/** A table by code with 1 for those given. */
export function marked(codes: Iterable<number>): Uint8Array {
  const marks = new Uint8Array(256);
  for (const code of codes) marks[code] = 1;
  return marks;
}

/** A boolean column over bytes. */
export function booleans(bytes: Uint8Array): ComputedColumn<boolean> {
  return computedColumn(bytes.length, (row) => bytes[row] === 1);
}
