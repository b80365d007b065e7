import type { GodebugColumns } from "./godebug-columns.js";

/** The lines of a process whose time is known, in their order. */
interface Clock {
  readonly lines: number[];
  readonly times: number[];
}

/**
 * Keeps of a log what lies between `from` and `to` ns, bounds included, on each process's own clock: a cycle by its `@` time, a
 * snapshot and an init line by theirs, a pacer line by its cycle's, other lines by the last time before them. Lines that
 * are no runtime's are kept from the first line kept to the last, and where the window has no bound.
 */
export function retainWindow(columns: GodebugColumns, from: number, to: number): void {
  const clocks = clocksOf(columns);
  const isIn = (time: number): boolean => time >= from && time <= to;
  const cycleTimes = cycleTimesOf(columns);
  let [first, last] = [Infinity, -Infinity];
  const seen = (line: number, wanted: boolean): boolean => {
    if (wanted) [first, last] = [Math.min(first, line), Math.max(last, line)];
    return wanted;
  };
  const kept = (rows: number, line: (row: number) => number, time: (row: number) => number): number[] => {
    const found: number[] = [];
    for (let row = 0; row < rows; row++) if (seen(line(row), isIn(time(row)))) found.push(row);
    return found;
  };
  const { cycles, pacer, scavenger, sched, inits, scans } = columns;
  cycles.retain(
    kept(
      cycles.rows,
      (row) => cycles.line(row),
      (row) => cycles.timeNs(row),
    ),
  );
  pacer.retain(({ line, process, gc }) =>
    seen(line, isIn(cycleTimes.get(cycleKey(process, gc)) ?? lastTime(clocks.get(process), line))),
  );
  const byClock = (rows: typeof scavenger | typeof scans): number[] =>
    kept(
      rows.length,
      (row) => rows.get(row, "line"),
      (row) => lastTime(clocks.get(rows.get(row, "process")), rows.get(row, "line")),
    );
  scavenger.retain(byClock(scavenger));
  const keptScans = byClock(scans);
  scans.retain(keptScans);
  columns.scanClasses.retain(keptScans);
  const timed = (rows: typeof sched | typeof inits): number[] =>
    kept(
      rows.length,
      (row) => rows.get(row, "line"),
      (row) => rows.get(row, "time_ns"),
    );
  retainSnapshots(columns, timed(sched));
  const keptInits = timed(inits);
  inits.retain(keptInits);
  columns.initPackages.retain(keptInits);
  columns.retainUnparsed(from <= 0 ? 0 : first, to === Infinity ? Infinity : last);
  const cyclesOf = new Map<number, number>();
  for (let row = 0; row < cycles.rows; row++) {
    cyclesOf.set(cycles.process(row), (cyclesOf.get(cycles.process(row)) ?? 0) + 1);
  }
  columns.processes = columns.processes.map((own) => ({ ...own, cycles: cyclesOf.get(own.process) ?? 0 }));
}

/** What the three tables of scheddetail have in common. */
interface DetailRows {
  readonly length: number;
  get(row: number, name: "snapshot"): number;
  set(row: number, name: "snapshot", value: number): void;
  retain(rows: readonly number[]): void;
}

/** Details belong to their snapshot, whose number changes with those dropped before it. */
function retainSnapshots(columns: GodebugColumns, snapshots: readonly number[]): void {
  const numbers = new Map(snapshots.map((snapshot, index) => [snapshot, index]));
  columns.sched.retain(snapshots);
  columns.runqueues = snapshots.map((row) => columns.runqueues[row]);
  columns.schedticks = snapshots.map((row) => columns.schedticks[row]);
  const details = (rows: DetailRows): number[] => {
    const found: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      const number = numbers.get(rows.get(row, "snapshot"));
      if (number === undefined) continue;
      rows.set(row, "snapshot", number);
      found.push(row);
    }
    rows.retain(found);
    return found;
  };
  details(columns.schedProcs);
  columns.preemptOff.retain(details(columns.schedThreads));
  columns.waitReasons.retain(details(columns.schedGoroutines));
}

const cycleKey = (process: number, gc: number): string => `${process} ${gc}`;

function cycleTimesOf({ cycles }: GodebugColumns): Map<string, number> {
  const times = new Map<string, number>();
  for (let row = 0; row < cycles.rows; row++) {
    times.set(cycleKey(cycles.process(row), cycles.gc(row)), cycles.timeNs(row));
  }
  return times;
}

function clocksOf({ cycles, sched }: GodebugColumns): Map<number, Clock> {
  const rows: { process: number; line: number; time: number }[] = [];
  for (let row = 0; row < cycles.rows; row++) {
    rows.push({ process: cycles.process(row), line: cycles.line(row), time: cycles.timeNs(row) });
  }
  for (let row = 0; row < sched.length; row++) {
    const [process, line, time] = (["process", "line", "time_ns"] as const).map((name) =>
      sched.get(row, name),
    );
    rows.push({ process, line, time });
  }
  const clocks = new Map<number, Clock>();
  for (const { process, line, time } of rows.sort((a, b) => a.line - b.line)) {
    const clock = clocks.get(process) ?? { lines: [], times: [] };
    clocks.set(process, clock);
    clock.lines.push(line);
    clock.times.push(time);
  }
  return clocks;
}

/** The time of the last timed line up to `line`; 0, the process's start, before the first. */
function lastTime(clock: Clock | undefined, line: number): number {
  if (!clock) return 0;
  let low = 0;
  let high = clock.lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (clock.lines[middle] <= line) low = middle + 1;
    else high = middle;
  }
  return low > 0 ? clock.times[low - 1] : 0;
}
