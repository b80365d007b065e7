import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Compiling a cell leaves some 0.4 MiB behind, in the part of the heap that V8 collects late. */
const growthBytes = 16 * 2 ** 20;
/** A heap beyond this holds a notebook's own data; when that is to be collected V8 knows better. */
const smallHeapBytes = 160 * 2 ** 20;

/** Keeps what cells leave behind from adding up: collects it between two cells, when enough has come together. */
export class CellGarbage {
  private kept = Number.POSITIVE_INFINITY;
  private collect: (() => void) | undefined;

  /** To be called when nothing runs; takes some tens of milliseconds every forty cells or so. */
  afterCell(): void {
    const { used_heap_size } = getHeapStatistics();
    this.kept = Math.min(this.kept, used_heap_size);
    if (used_heap_size - this.kept < growthBytes || this.kept > smallHeapBytes) return;
    this.collect ??= garbageCollector();
    this.collect();
    this.kept = getHeapStatistics().used_heap_size;
  }
}

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  // Cells are not to find a global function that a plain Node does not have.
  setFlagsFromString("--no-expose-gc");
  return collect;
}
