import { noThread } from "../wire.js";

/** A thread id as Go's reader has it: the largest unsigned numbers are negative. */
export function signed(id: number): number {
  return id >= 2 ** 63 ? id - noThread - (id === noThread ? 1 : 0) : id;
}
