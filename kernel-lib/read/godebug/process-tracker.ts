import type { LogProcess } from "./godebug-columns.js";

/** What is known of a process while the log is read. */
interface Tracked extends LogProcess {
  lastGc: number;
  lastCycleNs: number;
  lastSchedNs: number;
  lastInitNs: number;
}

/** Processes that share a label are candidates for a line only this far back. */
const candidates = 32;
/** A log of nothing but gaps must not fill the memory. */
const maxGaps = 100_000;

/**
 * Tells the processes of a log apart: by the label in their lines' prefix, and under one label by the numbering of
 * their cycles and by their clocks, which never go back within a process.
 */
export class ProcessTracker {
  readonly processes: Tracked[] = [];
  /** Cycles that more than one process could have written. */
  ambiguous = 0;
  /** Numbers of cycles that have no line though later ones do, with the line where that shows. */
  readonly gaps: { process: number; from: number; to: number; line: number }[] = [];
  private readonly byLabel = new Map<string, Tracked[]>();
  private lastLabel = "";
  private lastGroup: Tracked[] | undefined;

  /** The process that writes a label's lines now; a new one where there is none. */
  current(label: string, line: number): Tracked {
    const group = this.group(label);
    return group.length > 0 ? group[group.length - 1] : this.begin(label, group, line);
  }

  /** The process of a gctrace line: the one whose last cycle is the one before, else one that lost lines, else new. */
  ofCycle(label: string, line: number, gc: number, timeNs: number): Tracked {
    const group = this.group(label);
    const last = group[group.length - 1];
    const found =
      group.length === 1 && last.lastGc === gc - 1 && last.lastCycleNs <= timeNs
        ? last
        : this.search(group, gc, timeNs);
    const process = found ?? this.begin(label, group, line);
    if (process !== last && found) {
      group.splice(group.indexOf(found), 1);
      group.push(found);
    }
    // A log may begin after its process did.
    if (found && process.lastGc > 0 && gc > process.lastGc + 1) {
      if (this.gaps.length < maxGaps)
        this.gaps.push({ process: process.process, from: process.lastGc + 1, to: gc - 1, line });
    }
    process.lastGc = gc;
    process.lastCycleNs = timeNs;
    process.cycles++;
    return process;
  }

  /** The number of the last cycle under a label, 0 before the first. */
  lastOf(label: string): number {
    return this.byLabel.get(label)?.at(-1)?.lastGc ?? 0;
  }

  /** The process of a scheduler snapshot: a new one when the clock goes back. */
  ofSnapshot(label: string, line: number, timeNs: number): Tracked {
    let process = this.current(label, line);
    if (timeNs < process.lastSchedNs) process = this.begin(label, this.group(label), line);
    process.lastSchedNs = timeNs;
    return process;
  }

  /** The process of an inittrace line: a new one when the clock goes back. */
  ofInit(label: string, line: number, timeNs: number): Tracked {
    let process = this.current(label, line);
    if (timeNs < process.lastInitNs) process = this.begin(label, this.group(label), line);
    process.lastInitNs = timeNs;
    return process;
  }

  list(): LogProcess[] {
    return this.processes.map(({ process, label, first_line, cycles }) => ({
      process,
      label,
      first_line,
      cycles,
    }));
  }

  private search(group: Tracked[], gc: number, timeNs: number): Tracked | undefined {
    let next: Tracked | undefined;
    let later: Tracked | undefined;
    let matches = 0;
    for (const process of group) {
      if (process.lastCycleNs > timeNs) continue;
      if (process.lastGc === gc - 1) {
        matches++;
        if (!next || process.lastCycleNs > next.lastCycleNs) next = process;
      } else if (process.lastGc < gc && (!later || process.lastCycleNs > later.lastCycleNs)) {
        later = process;
      }
    }
    if (matches > 1) this.ambiguous++;
    // Cycle 1 begins a process; any other that follows no known cycle continues one whose lines were lost.
    return next ?? (gc > 1 ? later : undefined);
  }

  private group(label: string): Tracked[] {
    if (this.lastGroup && label === this.lastLabel) return this.lastGroup;
    let group = this.byLabel.get(label);
    if (!group) {
      group = [];
      this.byLabel.set(label, group);
    }
    this.lastLabel = label;
    this.lastGroup = group;
    return group;
  }

  private begin(label: string, group: Tracked[], line: number): Tracked {
    const process: Tracked = {
      process: this.processes.length,
      label,
      first_line: line,
      cycles: 0,
      lastGc: 0,
      lastCycleNs: 0,
      lastSchedNs: 0,
      lastInitNs: 0,
    };
    this.processes.push(process);
    group.push(process);
    if (group.length > candidates) group.shift();
    return process;
  }
}
