/** A file mapped into a process; addresses of the kernel are negative, see PerfBytes.address. */
export interface Mapping {
  readonly start: number;
  readonly end: number;
  /** Offset in the file at `start`. */
  readonly offset: number;
  readonly file: string;
}

/** What is mapped where in a process, the newest mapping winning; and the frames already found in it. */
export class AddressSpace {
  /** Sorted by start, without overlaps. */
  private mappings: Mapping[] = [];
  /** Frames by address, as long as nothing new is mapped. */
  readonly frames: Map<number, number> = new Map();

  copy(): AddressSpace {
    const copied = new AddressSpace();
    copied.mappings = this.mappings.slice();
    return copied;
  }

  add(added: Mapping): void {
    if (!(added.end > added.start)) return;
    this.frames.clear();
    const first = this.after(added.start);
    let last = first;
    while (last < this.mappings.length && this.mappings[last].start < added.end) last++;
    const parts: Mapping[] = [];
    for (const old of this.mappings.slice(first, last)) {
      if (old.start < added.start) parts.push({ ...old, end: added.start });
    }
    parts.push(added);
    for (const old of this.mappings.slice(first, last)) {
      if (old.end > added.end) {
        parts.push({ ...old, start: added.end, offset: old.offset + (added.end - old.start) });
      }
    }
    this.mappings.splice(first, last - first, ...parts);
  }

  find(address: number): Mapping | undefined {
    const found = this.mappings[this.after(address)];
    return found && found.start <= address ? found : undefined;
  }

  /** Index of the first mapping that ends after `address`. */
  private after(address: number): number {
    let low = 0;
    let high = this.mappings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.mappings[middle].end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
