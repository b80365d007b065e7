import { numbers, texts } from "./columns.js";
import type { TableSource } from "./table-source.js";

const gomaxprocs = "/sched/gomaxprocs:threads";

/** How many processors there were, and when: GOMAXPROCS may change during a capture, and then the ones with the highest ids go. */
export class ProcessorsOverTime {
  private readonly times: number[] = [];
  private readonly counts: number[] = [];

  constructor(source: TableSource) {
    if (!source.schemas().some(({ name }) => name === "metrics")) return;
    const metrics = source.table("metrics");
    const name = texts(metrics, "name");
    const code = name.values.indexOf(gomaxprocs);
    const time = numbers(metrics, "time_ns");
    const value = numbers(metrics, "value");
    for (let row = 0; row < time.length; row++) {
      if (code < 0 || name.codes[row] !== code || value[row] === this.counts[this.counts.length - 1])
        continue;
      this.times.push(time[row]);
      this.counts.push(value[row]);
    }
  }

  /** How many there were at a time; undefined when the capture does not say. */
  at(time: number): number | undefined {
    let count = this.counts[0];
    for (let i = 1; i < this.times.length && this.times[i] <= time; i++) count = this.counts[i];
    return count;
  }

  /** The stretches of this time in which the processor was there. */
  during(p: number, from: number, to: number): [from: number, to: number][] {
    if (this.counts.length < 2 && !(p >= this.counts[0])) return [[from, to]];
    const stretches: [number, number][] = [];
    for (let i = 0; i < this.counts.length; i++) {
      if (p >= this.counts[i]) continue;
      const start = Math.max(from, i === 0 ? Number.NEGATIVE_INFINITY : this.times[i]);
      const end = Math.min(to, this.times[i + 1] ?? Number.POSITIVE_INFINITY);
      if (end > start) stretches.push([start, end]);
    }
    return stretches;
  }
}
