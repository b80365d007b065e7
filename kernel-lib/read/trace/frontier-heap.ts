/**
 * The heap of threads by the time of their next event, moved exactly as Go's reader moves it, so that equal times keep
 * the order it gives them. Functions of arrays alone: the event loop works on local variables.
 */

export function siftUp(heap: Int32Array, times: Float64Array, from: number): number {
  let slot = from;
  while (slot > 0) {
    const parent = (slot - 1) >> 1;
    const m = heap[parent];
    if (!(times[m] > times[heap[slot]])) break;
    heap[parent] = heap[slot];
    heap[slot] = m;
    slot = parent;
  }
  return slot;
}

export function siftDown(heap: Int32Array, times: Float64Array, size: number, from: number): void {
  const m = heap[from];
  const time = times[m];
  let slot = from;
  for (let left = 2 * slot + 1; left < size; left = 2 * slot + 1) {
    let least = left;
    let leastTime = times[heap[left]];
    if (!(leastTime < time)) {
      least = -1;
      leastTime = time;
    }
    if (left + 1 < size && times[heap[left + 1]] < leastTime) least = left + 1;
    if (least < 0) break;
    heap[slot] = heap[least];
    slot = least;
  }
  heap[slot] = m;
}

export function heapUpdate(heap: Int32Array, times: Float64Array, size: number, slot: number): void {
  if (siftUp(heap, times, slot) === slot) siftDown(heap, times, size, slot);
}

/** Removes a slot and returns the new size. */
export function heapRemove(heap: Int32Array, times: Float64Array, size: number, slot: number): number {
  const removed = heap[slot];
  let at = slot;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    heap[at] = heap[parent];
    at = parent;
  }
  const last = size - 1;
  heap[0] = last > 0 ? heap[last] : heap[0];
  heap[last] = removed;
  if (last > 0) siftDown(heap, times, last, 0);
  return last;
}
