/** No region: below the innermost one, and where a goroutine has none open. */
export const noRegion = 0;

/**
 * The regions that goroutines have open, each goroutine's a stack: a goroutine keeps the number of its innermost one.
 * Columns and a list of free numbers, as programs that annotate every request open millions.
 */
export class OpenRegions {
  private task: Float64Array = new Float64Array(64);
  private name: Int32Array = new Int32Array(64);
  /** By region: the one around it; of a free number, the next free one. */
  private around: Int32Array = new Int32Array(64);
  private free = noRegion;
  private used = 1;

  /** Opens a region inside another one, and returns its number. */
  open(innermost: number, task: number, name: number): number {
    let region = this.free;
    if (region === noRegion) {
      if (this.used === this.task.length) this.grow();
      region = this.used++;
    } else this.free = this.around[region];
    this.task[region] = task;
    this.name[region] = name;
    this.around[region] = innermost;
    return region;
  }

  /** Closes a region, and returns the one around it. */
  close(region: number): number {
    const around = this.around[region];
    this.around[region] = this.free;
    this.free = region;
    return around;
  }

  /** Closes a region and all around it. */
  closeAll(innermost: number): void {
    for (let region = innermost; region !== noRegion; ) region = this.close(region);
  }

  taskOf(region: number): number {
    return this.task[region];
  }

  /** String number of a region's type. */
  nameOf(region: number): number {
    return this.name[region];
  }

  clear(): void {
    this.free = noRegion;
    this.used = 1;
  }

  private grow(): void {
    const length = this.task.length * 2;
    const task = new Float64Array(length);
    const name = new Int32Array(length);
    const around = new Int32Array(length);
    task.set(this.task);
    name.set(this.name);
    around.set(this.around);
    this.task = task;
    this.name = name;
    this.around = around;
  }
}
