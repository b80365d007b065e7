/**
 * GODEBUG output of the Go runtime, inside any log: gctrace, gcpacertrace, scavtrace, schedtrace (with scheddetail)
 * and inittrace lines of Go 1.18 to 1.26, and gctrace back to 1.6, as runtime/mgc.go, mgcpacer.go, mgcsweep.go, mgcscavenge.go and proc.go
 * print them. What surrounds a runtime line is its prefix; a line without one, or with a broken one, is unparsed.
 */
import { CaptureError } from "../../bytes/capture-error.js";
import { Diagnostics } from "../diagnostics.js";
import type { OpenInput } from "../open-input.js";
import type { ReadOptions } from "../read-options.js";
import { LineCursor, latin1, literal } from "../text/line-cursor.js";
import { LineScanner } from "../text/line-scanner.js";
import { scanLines, scanLinesNow } from "../text/lines.js";
import {
  forcedFlag,
  GodebugColumns,
  GodebugSums,
  leakCheckFlag,
  type NumberRows,
  type PacerKind,
  pacerNames,
  periodicFlag,
  phaseErrorNs,
  phaseNames,
  sizeNames,
} from "./godebug-columns.js";
import { LineJoiner } from "./line-joiner.js";
import { lit } from "./literals.js";
import { processLabel } from "./process-label.js";
import { ProcessTracker } from "./process-tracker.js";
import { retainWindow } from "./retain-window.js";

/** A GODEBUG log that has been read. */
export interface GodebugLog {
  readonly sums: GodebugSums;
  /** Its rows; of a log that was only summed they are read when they are asked for. */
  readonly columns: GodebugColumns;
  readonly diagnostics: Diagnostics;
  /** How many of its lines are the runtime's. */
  readonly understood: number;
}

/**
 * Reads a GODEBUG log line by line in bounded memory: what stays is a row for each runtime line, and twelve bytes
 * for each other one; with `summaryOnly` nothing of either. A window (`from`, `to`) is one of each process's own clock.
 *
 * @throws CaptureError when no line is one of the runtime's
 */
export async function scanGodebugLog(input: OpenInput, options: ReadOptions = {}): Promise<GodebugLog> {
  const { from = -Infinity, to = Infinity } = options;
  const isWindow = from > -Infinity || to < Infinity;
  const scan = new GodebugScan(options.summaryOnly === true && !isWindow);
  await scanLines(input, scan.scanner, options);
  const log = scan.finish(() => rowsOf(input));
  if (scan.understood === 0) {
    throw new CaptureError(
      `none of its ${scan.scanner.line} lines is one that GODEBUG makes the runtime print`,
      {
        place: { file: input.name },
        remedy: "capture stderr with GODEBUG=gctrace=1, its options joined by commas",
      },
    );
  }
  if (!isWindow) return log;
  retainWindow(log.columns, from, to);
  return { ...log, sums: new GodebugSums().add(log.columns) };
}

/** The rows of a log, read at once. */
function rowsOf(input: OpenInput): GodebugColumns {
  const scan = new GodebugScan(false);
  scanLinesNow(input, scan.scanner);
  return scan.finish(() => scan.columns).columns;
}

const bytes256 = (letters: string): Uint8Array => {
  const table = new Uint8Array(256);
  for (const byte of literal(letters)) table[byte] = 1;
  return table;
};

/** First letters of what the runtime prints: gc, pacer:, scav, scan:, SCHED, init, GC forced, P0:, M0:, G1:. */
const initials = bytes256("gpsSiGPM");

const letter = {
  e: 101,
  c: 99,
  a: 97,
  n: 110,
  C: 67,
  i: 105,
  g: 103,
  p: 112,
  s: 115,
  S: 83,
  G: 71,
  P: 80,
} as const;
const space = 32;

/** Pacer rows whose cycle's gctrace line has not come yet, by label. */
interface Pending {
  readonly kinds: PacerKind[];
  readonly rows: number[];
}
const maxPending = 16;
/** Lines after which rows that are not kept are added up; a power of two. */
const foldedLines = 4096;
const maxReason = 200;
const forcedTail = " (forced)";
/** A line put together from fragments that would mean more lost cycles than this was put together wrongly. */
const maxLostCycles = 64;

function forget(waiting: Pending): void {
  waiting.kinds.length = 0;
  waiting.rows.length = 0;
}

/** Half a unit of the last of seven digits, by the exponent that was printed; from 1e-30 to 1e30. */
const halfUnits = Float64Array.from({ length: 61 }, (_, index) => Number(`5e${index - 37}`));

class GodebugScan {
  readonly columns: GodebugColumns = new GodebugColumns();
  readonly diagnostics: Diagnostics = new Diagnostics();
  readonly scanner: LineScanner;
  /** SCHED lines. */
  private snapshots = 0;
  /** Runtime lines found. */
  understood = 0;
  private readonly cursor: LineCursor = new LineCursor();
  private readonly tracker: ProcessTracker = new ProcessTracker();
  private readonly joiner: LineJoiner = new LineJoiner();
  /** Lines put together again. */
  private joined = 0;
  /** Whether something else stood behind the last cycle's line, so that its `(forced)` may come yet. */
  private isOpenEnded = false;
  private lastCycleLine = 0;
  private readonly pending = new Map<string, Pending>();
  /** Labels whose next cycle was announced by `GC forced`. */
  private readonly announced = new Set<string>();
  private readonly phases: Float64Array = new Float64Array(phaseNames.length);
  private readonly sizes: Int32Array = new Int32Array(sizeNames.length);
  private label = "";
  /** The numbers of a pacer line, before they are known to be one. */
  private readonly pacerRow: Record<PacerKind, Float64Array> = {
    start: new Float64Array(pacerNames.start.length),
    end: new Float64Array(pacerNames.end.length),
    sweep: new Float64Array(pacerNames.sweep.length),
  };
  /** Where the line being read begins and ends, and where the runtime's part of it begins. */
  private lineStart = 0;
  private anchor = 0;
  private lineEnd = 0;

  private readonly sums = new GodebugSums();
  private readonly sumsOnly: boolean;

  constructor(sumsOnly: boolean) {
    this.sumsOnly = sumsOnly;
    this.scanner = new LineScanner((bytes, start, end) => {
      this.take(bytes, start, end);
      if (sumsOnly && (this.scanner.line & (foldedLines - 1)) === 0) this.fold();
    });
  }

  /** `again` reads the rows that were only summed. */
  finish(again: () => GodebugColumns): GodebugLog {
    const { columns, diagnostics, tracker, sums, sumsOnly } = this;
    columns.lines = this.scanner.line;
    columns.processes = tracker.list();
    if (tracker.ambiguous > 0) {
      diagnostics.add(
        "warning",
        "ambiguous-process",
        `${tracker.ambiguous} cycles could be of more than one process: their lines' prefixes do not tell`,
      );
    }
    for (const { process, from, to, line } of tracker.gaps) {
      const which = from === to ? `cycle ${from}` : `cycles ${from} to ${to}`;
      const message = `${which} of process ${process} ${from === to ? "has" : "have"} no line that can be read`;
      diagnostics.add("loss", "cycles-missing", message, { line }, to - from + 1);
    }
    if (this.joined > 0) {
      const message = `${this.joined} lines of the runtime were cut by the program's own writes and put together again`;
      diagnostics.add("info", "joined-lines", message);
    }
    sums.add(columns);
    let rows = sumsOnly ? undefined : columns;
    return {
      sums,
      diagnostics,
      understood: this.understood,
      get columns() {
        rows ??= again();
        return rows;
      },
    };
  }

  /** Adds up what was read and lets go of it. */
  private fold(): void {
    this.sums.add(this.columns);
    this.columns.clear();
    this.pending.clear();
  }

  /** One line of the log. */
  private take(bytes: Uint8Array, start: number, end: number): void {
    let whole = false;
    let broken = false;
    for (let at = start, covered = -1; at < end; at++) {
      if (initials[bytes[at]] === 0 || !this.mayBegin(bytes, start, at, end)) continue;
      this.cursor.reset(bytes, at, end);
      if (this.runtimeLine(bytes, start, at, end)) {
        this.understood++;
        // Text between two runtime lines in one line is a third write.
        if (covered >= 0 && covered < at) broken = true;
        covered = this.cursor.pos;
        whole = isTail(bytes, covered, end);
        if (whole) break;
        at = covered - 1;
      } else if (isFragment(bytes, at, end)) broken = true;
    }
    if (whole) {
      this.joiner.reset();
      this.isOpenEnded = false;
    } else this.join(bytes, start, end);
    if (!whole || broken) {
      this.columns.unparsedLine.push(this.scanner.line);
      this.columns.unparsedOffset.push(this.scanner.offset);
    }
  }

  /** What is no runtime line may be a part of one, cut by the program's own writes. */
  private join(bytes: Uint8Array, start: number, end: number): void {
    const { joiner, cursor, columns } = this;
    const { rows } = columns.cycles;
    if (cursor.bytes === bytes && cursor.ok && this.lastCycleLine === this.scanner.line) {
      this.isOpenEnded = true;
      return;
    }
    if (this.isOpenEnded && end - start === forcedTail.length && latin1(bytes, start, end) === forcedTail) {
      if (rows > 0) columns.cycles.setFlag(rows - 1, forcedFlag);
      this.isOpenEnded = false;
      return;
    }
    if (!joiner.isWanted(bytes, start, end)) {
      joiner.learn(bytes, start, end);
      return;
    }
    const lines = joiner.take(latin1(bytes, start, end));
    const line = this.nextCycle(lines);
    if (line === undefined) return;
    const whole = Buffer.from(line, "latin1");
    cursor.reset(whole, 0, whole.length);
    if (!this.runtimeLine(whole, 0, 0, whole.length)) return;
    this.understood++;
    this.joined++;
  }

  /** The one of these lines that is the next cycle's, or the only one that may be a later cycle's. */
  private nextCycle(lines: readonly string[]): string | undefined {
    const last = this.tracker.lastOf("");
    const numbered = lines.map((line) => ({ line, gc: Number(/^gc (\d+)/.exec(line)?.[1]) }));
    const next = numbered.filter(({ gc }) => gc === last + 1);
    const fitting =
      next.length > 0 ? next : numbered.filter(({ gc }) => gc > last && gc <= last + maxLostCycles);
    return fitting.length === 1 ? fitting[0].line : undefined;
  }

  /** A look at the second letter and, for the scheduler's details, at what is around. */
  private mayBegin(bytes: Uint8Array, start: number, at: number, end: number): boolean {
    const next = at + 1 < end ? bytes[at + 1] : 0;
    switch (bytes[at]) {
      case letter.g:
        return next === letter.c && isDigit(bytes[at + 3]);
      case letter.p:
        return next === letter.a && bytes[at + 2] === letter.c;
      case letter.s:
        return next === letter.c && bytes[at + 2] === letter.a;
      case letter.S:
        return next === letter.C;
      case letter.i:
        return next === letter.n && bytes[at + 2] === letter.i;
      case letter.G:
        if (next === letter.C) return true;
    }
    return isDigit(next) && at >= start + 2 && bytes[at - 1] === space && bytes[at - 2] === space;
  }

  /** Reads the runtime line that begins at `at`; false when there is none. */
  private runtimeLine(bytes: Uint8Array, start: number, at: number, end: number): boolean {
    const { cursor } = this;
    const anchor = bytes[at + 1];
    this.label = "";
    this.lineStart = start;
    this.anchor = at;
    this.lineEnd = end;
    switch (bytes[at]) {
      case letter.g:
        return this.cycle();
      case letter.p:
        return cursor.accept(lit.pacer) && this.pacer();
      case letter.s:
        if (cursor.accept(lit.scav)) return this.scavenge();
        return this.scanStats();
      case letter.S:
        return cursor.accept(lit.sched) && this.snapshot();
      case letter.i:
        return cursor.accept(lit.init) && this.initLine();
      case letter.G:
        if (anchor !== letter.C) return this.schedGoroutine();
        if (!cursor.accept(lit.gcForced)) return false;
        this.name();
        this.announced.add(this.label);
        return true;
      case letter.P:
        return this.schedProc();
      default:
        return this.schedThread();
    }
  }

  /** Finds out whose the line is; for those that are the runtime's only. */
  private name(): void {
    this.label = processLabel(this.cursor.bytes, this.lineStart, this.anchor, this.lineEnd);
  }

  private cycle(): boolean {
    const { cursor, phases, sizes } = this;
    cursor.expect(lit.gc);
    const gc = cursor.unsigned();
    cursor.expect(lit.at);
    const timeNs = cursor.decimal() * 1e3;
    cursor.expect(lit.seconds);
    const percent = cursor.unsigned();
    cursor.expect(lit.percent);
    const leakCheck = cursor.accept(lit.leaks);
    cursor.expect(lit.colon);
    let decimals = 0;
    for (let phase = 0; phase < phases.length && cursor.ok; phase++) {
      if (phase === 3) cursor.expect(lit.msClock);
      else if (phase === 5 || phase === 6) cursor.expect(lit.slash);
      else if (phase > 0) cursor.expect(lit.plus);
      phases[phase] = cursor.decimal();
      if (cursor.decimals > 3) return false;
      decimals |= cursor.decimals << (phase * 2);
    }
    cursor.expect(lit.msCpu);
    sizes[0] = this.size();
    cursor.expectEither(lit.arrow, lit.escapedArrow);
    sizes[1] = this.size();
    cursor.expectEither(lit.arrow, lit.escapedArrow);
    sizes[2] = this.size();
    cursor.expect(lit.mb);
    sizes[3] = this.size();
    cursor.expect(lit.mbGoal);
    // Go 1.17 and before name neither stacks nor globals.
    sizes[4] = sizes[5] = -1;
    let procs = this.size();
    if (cursor.accept(lit.mbStacks)) {
      sizes[4] = procs;
      sizes[5] = this.size();
      cursor.expect(lit.mbGlobals);
      procs = this.size();
    }
    cursor.expect(lit.p);
    const forced = cursor.accept(lit.forced);
    if (!cursor.ok || gc > 0xffffffff) return false;
    this.name();
    this.addCycle(gc, timeNs, percent, decimals, procs, { forced, leakCheck });
    return true;
  }

  private addCycle(
    gc: number,
    timeNs: number,
    percent: number,
    decimals: number,
    procs: number,
    { forced, leakCheck }: { forced: boolean; leakCheck: boolean },
  ): void {
    const { label } = this;
    const { line } = this.scanner;
    const { process } = this.tracker.ofCycle(label, line, gc, timeNs);
    this.lastCycleLine = line;
    const periodic = this.announced.size > 0 && this.announced.delete(label);
    const flags = (forced ? forcedFlag : 0) | (periodic ? periodicFlag : 0) | (leakCheck ? leakCheckFlag : 0);
    const cycle = { line, process, gc, timeNs, percent, decimals, procs, flags };
    this.columns.cycles.push(cycle, this.phases, this.sizes);
    if (this.pending.size > 0) this.settlePacer(label, gc, process);
  }

  /** The pacer lines since the last cycle under this label belong to this one. */
  private settlePacer(label: string, gc: number, process: number): void {
    const waiting = this.pending.get(label);
    if (!waiting) return;
    for (let at = 0; at < waiting.rows.length; at++) {
      const rows = this.columns.pacer.kinds[waiting.kinds[at]];
      rows.set(waiting.rows[at], "gc", gc);
      rows.set(waiting.rows[at], "process", process);
    }
    forget(waiting);
  }

  private pacer(): boolean {
    const { cursor } = this;
    if (cursor.accept(lit.assistRatio)) return this.pacerStart();
    if (cursor.accept(lit.sweepDone)) return this.pacerSweep();
    return this.pacerEnd();
  }

  private pacerStart(): boolean {
    const { cursor } = this;
    const ratio = cursor.float();
    const ratioErr = this.floatError(ratio);
    cursor.expect(lit.scan);
    const scanMb = cursor.unsigned();
    cursor.expect(lit.mbIn);
    const startMb = cursor.unsigned();
    cursor.expectEither(lit.arrow, lit.escapedArrow);
    const goalMb = cursor.unsigned();
    cursor.expect(lit.mbWorkers);
    const dedicated = cursor.signed();
    cursor.expect(lit.plus);
    const fractional = cursor.float();
    const fractionalErr = this.floatError(fractional);
    if (!cursor.ok) return false;
    this.name();
    // A cycle begins: lines that waited for an earlier cycle's gctrace line wait in vain.
    const before = this.pending.get(this.label);
    if (before) forget(before);
    const row = this.pacerRow.start;
    row[3] = ratio;
    row[4] = ratioErr;
    row[5] = scanMb;
    row[6] = startMb;
    row[7] = goalMb;
    row[8] = dedicated;
    row[9] = fractional;
    row[10] = fractionalErr;
    this.addPacer("start");
    return true;
  }

  private pacerEnd(): boolean {
    const { cursor } = this;
    const row = this.pacerRow.end;
    row[3] = cursor.signed();
    cursor.expect(lit.cpu);
    row[4] = cursor.signed();
    cursor.expect(lit.expFor);
    row[5] = cursor.signed();
    cursor.expect(lit.plus);
    row[6] = cursor.signed();
    cursor.expect(lit.plus);
    row[7] = cursor.signed();
    cursor.expect(lit.bWork);
    row[8] = cursor.signed();
    cursor.expect(lit.bExp);
    row[9] = cursor.signed();
    cursor.expectEither(lit.bArrow, lit.escapedBArrow);
    row[10] = cursor.signed();
    cursor.expectEither(lit.goal, lit.escapedGoal);
    row[11] = cursor.signed();
    cursor.expect(lit.consMark);
    row[12] = cursor.float();
    row[13] = this.floatError(row[12]);
    cursor.expect(lit.close);
    cursor.accept(lit.controllerReset);
    if (!cursor.ok) return false;
    this.name();
    this.addPacer("end");
    return true;
  }

  private pacerSweep(): boolean {
    const { cursor } = this;
    const row = this.pacerRow.sweep;
    row[3] = cursor.unsigned();
    cursor.expect(lit.mbAllocated);
    row[4] = cursor.unsigned();
    cursor.expect(lit.mbSwept);
    row[5] = cursor.unsigned();
    cursor.expect(lit.pagesAt);
    row[6] = cursor.float();
    row[7] = this.floatError(row[6]);
    cursor.expect(lit.pagesPerByte);
    if (!cursor.ok) return false;
    this.name();
    this.addPacer("sweep");
    return true;
  }

  /** Adds the pacer's line whose numbers `pacerRow` holds from the fourth on. */
  private addPacer(kind: PacerKind): void {
    const row = this.pacerRow[kind];
    const process = this.tracker.current(this.label, this.scanner.line);
    const waiting = this.pending.get(this.label);
    // A sweep that ends before the cycle's own line is printed is that cycle's, else the last one's.
    const waits = kind !== "sweep" || (waiting?.kinds.includes("end") ?? false);
    row[0] = this.scanner.line;
    row[1] = process.process;
    row[2] = waits || process.lastGc === 0 ? -1 : process.lastGc;
    const added = this.columns.pacer.push(kind, row);
    if (!waits) return;
    if (!waiting) this.pending.set(this.label, { kinds: [kind], rows: [added] });
    else if (waiting.rows.length < maxPending) {
      waiting.kinds.push(kind);
      waiting.rows.push(added);
    }
  }

  private scavenge(): boolean {
    const { cursor } = this;
    let first = cursor.unsigned();
    // Go 1.18 and before print the scavenger's generation first.
    if (cursor.accept(lit.oneSpace)) {
      if (isDigit(cursor.bytes[cursor.pos])) first = cursor.unsigned();
      else cursor.pos--;
    }
    let background = Number.NaN;
    let eager = Number.NaN;
    let work = first;
    if (cursor.accept(lit.kibWorkBg)) {
      background = first;
      eager = cursor.unsigned();
      work = background + eager;
      cursor.expect(lit.kibWorkEager);
    } else cursor.expect(lit.kibWork);
    const released = cursor.unsigned();
    cursor.expectEither(lit.kibNow, lit.kibTotal);
    const util = cursor.unsigned();
    cursor.expect(lit.util);
    const forced = cursor.accept(lit.forced);
    const reset = !forced && cursor.accept(lit.spacedReset);
    if (!cursor.ok) return false;
    this.name();
    this.columns.scavenger.push({
      line: this.scanner.line,
      process: this.tracker.current(this.label, this.scanner.line).process,
      background_kib: background,
      eager_kib: eager,
      work_kib: work,
      released_kib: released,
      util_percent: util,
      forced: Number(forced),
      controller_reset: Number(reset),
    });
    return true;
  }

  private initLine(): boolean {
    const { cursor } = this;
    const name = cursor.token((byte) => byte > space);
    cursor.expect(lit.oneSpace);
    cursor.expect(lit.atFirst);
    const timeNs = cursor.decimal();
    const timeErrNs = phaseErrorNs(timeNs, cursor.decimals);
    cursor.expect(lit.ms);
    const clockNs = cursor.decimal();
    const clockErrNs = phaseErrorNs(clockNs, cursor.decimals);
    cursor.expect(lit.msClock);
    const heapBytes = cursor.unsigned();
    cursor.expect(lit.bytesAnd);
    const allocs = cursor.unsigned();
    cursor.expect(lit.allocs);
    if (!cursor.ok || name === "") return false;
    this.name();
    this.columns.inits.push({
      line: this.scanner.line,
      process: this.tracker.ofInit(this.label, this.scanner.line, timeNs).process,
      time_ns: timeNs,
      time_err_ns: timeErrNs,
      clock_ns: clockNs,
      clock_err_ns: clockErrNs,
      bytes: heapBytes,
      allocs,
    });
    this.columns.initPackages.push(name);
    return true;
  }

  /** gctrace=2: objects and spans scanned, in all and by size class. */
  private scanStats(): boolean {
    const { cursor } = this;
    let sizeClass = "total";
    if (cursor.accept(lit.scanClass)) {
      sizeClass = cursor.token((byte) => byte > space);
      cursor.expect(lit.oneSpace);
    } else cursor.expect(lit.scanTotal);
    const counts = { sparse: cursor.unsigned(), spanSparse: Number.NaN, spanDense: Number.NaN };
    let objects = counts.sparse;
    const spans = { sparse: Number.NaN, dense: Number.NaN, all: Number.NaN };
    if (cursor.accept(lit.plus)) {
      counts.spanSparse = cursor.unsigned();
      cursor.expect(lit.plus);
      counts.spanDense = cursor.unsigned();
      cursor.expect(lit.equals);
      objects = cursor.unsigned();
      cursor.expect(lit.objs);
      cursor.expect(lit.comma);
      spans.sparse = cursor.unsigned();
      cursor.expect(lit.plus);
      spans.dense = cursor.unsigned();
      cursor.expect(lit.equals);
      spans.all = cursor.unsigned();
      cursor.expect(lit.spans);
    } else cursor.expect(lit.objs);
    if (!cursor.ok || sizeClass === "") return false;
    this.name();
    const process = this.tracker.current(this.label, this.scanner.line);
    this.columns.scans.push({
      line: this.scanner.line,
      process: process.process,
      gc: process.lastGc === 0 ? -1 : process.lastGc,
      sparse_objects: counts.sparse,
      span_sparse_objects: counts.spanSparse,
      span_dense_objects: counts.spanDense,
      objects,
      sparse_spans: spans.sparse,
      dense_spans: spans.dense,
      spans: spans.all,
    });
    this.columns.scanClasses.push(sizeClass);
    return true;
  }

  private snapshot(): boolean {
    const { cursor } = this;
    const timeNs = cursor.unsigned() * 1e6;
    cursor.expect(lit.msGomaxprocs);
    const values: Record<string, number> = { gomaxprocs: cursor.signed() };
    values.idleprocs = this.after(lit.idleprocs);
    values.threads = this.after(lit.threads);
    values.spinningthreads = this.after(lit.spinning);
    values.needspinning = cursor.accept(lit.needspinning) ? this.flag() : Number.NaN;
    values.idlethreads = this.after(lit.idlethreads);
    values.runqueue = this.after(lit.runqueue);
    let queues: number[] | null = null;
    let ticks: number[] | null = null;
    if (cursor.accept(lit.gcwaiting)) {
      values.gcwaiting = this.flag();
      values.nmidlelocked = this.after(lit.nmidlelocked);
      values.stopwait = this.after(lit.stopwait);
      values.sysmonwait = this.after(lit.sysmonwait);
    } else if (cursor.accept(lit.openList)) {
      queues = this.list();
      values.local_runqueue = queues.reduce((sum, length) => sum + length, 0);
      if (cursor.accept(lit.schedticks)) ticks = this.list();
    } else return false;
    if (!cursor.ok) return false;
    this.name();
    this.columns.sched.push({
      line: this.scanner.line,
      process: this.tracker.ofSnapshot(this.label, this.scanner.line, timeNs).process,
      time_ns: timeNs,
      ...values,
    });
    this.snapshots++;
    this.columns.runqueues.push(queues && JSON.stringify(queues));
    this.columns.schedticks.push(ticks && JSON.stringify(ticks));
    return true;
  }

  /** scheddetail: `  P0: status=1 schedtick=3 ...`, up to Go 1.19 with -1 for what is nil later. */
  private schedProc(): boolean {
    const { cursor } = this;
    cursor.pos++;
    const values: Record<string, number> = { p: cursor.unsigned() };
    values.status = this.after(lit.status);
    values.schedtick = this.after(lit.schedtick);
    values.syscalltick = this.after(lit.syscalltick);
    values.m = this.after(lit.m);
    values.runqsize = this.after(lit.runqsize);
    values.gfreecnt = this.after(lit.gfreecnt);
    values.timerslen = this.after(lit.timerslen);
    return this.addDetail(this.columns.schedProcs, values);
  }

  private schedThread(): boolean {
    const { cursor } = this;
    cursor.pos++;
    const values: Record<string, number> = { m: cursor.unsigned() };
    values.p = this.after(lit.ofP);
    values.curg = this.after(lit.curg);
    values.mallocing = this.after(lit.mallocing);
    values.throwing = this.after(lit.throwing);
    cursor.expect(lit.preemptoff);
    // The reason may have spaces: it ends where the next field begins.
    const preemptOff = this.textBefore(lit.locks);
    values.locks = cursor.signed();
    values.dying = this.after(lit.dying);
    values.spinning = this.after(lit.spinningIs);
    values.blocked = this.after(lit.blocked);
    values.lockedg = this.after(lit.lockedg);
    if (!this.addDetail(this.columns.schedThreads, values)) return false;
    this.columns.preemptOff.push(preemptOff);
    return true;
  }

  private schedGoroutine(): boolean {
    const { cursor } = this;
    cursor.pos++;
    const values: Record<string, number> = { g: cursor.unsigned() };
    values.status = this.after(lit.status);
    cursor.expect(lit.open);
    // Wait reasons have parentheses of their own: `GC worker (idle)`, `select (no cases)`.
    const reason = this.textBefore(lit.closeM);
    values.m = this.idOrNil();
    values.lockedm = this.after(lit.lockedm);
    if (!this.addDetail(this.columns.schedGoroutines, values)) return false;
    this.columns.waitReasons.push(reason);
    return true;
  }

  /** The text up to a literal that must come, and the literal; the runtime's own reasons are short. */
  private textBefore(closing: Uint8Array): string {
    const { cursor } = this;
    const from = cursor.pos;
    const last = Math.min(cursor.end, from + maxReason);
    while (cursor.ok && !cursor.accept(closing)) {
      if (cursor.pos >= last) cursor.ok = false;
      cursor.pos++;
    }
    return cursor.ok ? latin1(cursor.bytes, from, cursor.pos - closing.length) : "";
  }

  private addDetail(columns: NumberRows, values: Record<string, number>): boolean {
    const snapshot = this.snapshots - 1;
    if (!this.cursor.ok || snapshot < 0) return false;
    columns.push({ snapshot, line: this.scanner.line, ...values });
    return true;
  }

  /** `name=` and what follows: a number, true or false as 1 or 0, nil as -1. */
  private after(name: Uint8Array): number {
    this.cursor.expect(name);
    return this.idOrNil();
  }

  private idOrNil(): number {
    return this.cursor.accept(lit.nil) ? -1 : this.flag();
  }

  private flag(): number {
    const { cursor } = this;
    if (cursor.accept(lit.yes)) return 1;
    if (cursor.accept(lit.no)) return 0;
    return cursor.signed();
  }

  /** `1 2 3]` or ` 1 2 3 ]`. */
  private list(): number[] {
    const { cursor } = this;
    const values: number[] = [];
    cursor.accept(lit.oneSpace);
    while (cursor.ok && !cursor.accept(lit.closeList)) {
      values.push(cursor.unsigned());
      cursor.accept(lit.oneSpace);
    }
    return values;
  }

  /** A size in MiB, or a number of processors, that fits its column. */
  private size(): number {
    const value = this.cursor.unsigned();
    if (value > 0x7fffffff) this.cursor.ok = false;
    return value;
  }

  /** What rounding hides of the floating-point number that the cursor read last. */
  private floatError(value: number): number {
    // Up to Go 1.25 print rounds to seven digits and always shows an exponent of three, `+2.500000e-001`; from 1.26
    // on it prints the shortest form that gives the same number again. The old form is the one of 14 characters with an e.
    const { bytes, pos, exponent } = this.cursor;
    if (value === 0 || bytes[pos - 5] !== letter.e) return 0;
    return halfUnits[exponent + 30] ?? 0.5 * 10 ** (exponent - 6);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

const fragment = /^(?:gc \d+ @|pacer: |scav \d|scan: |SCHED \d+ms|init \S+ @\d)/;

/** Whether what cannot be read here is the beginning of a runtime line that another write cut off. */
function isFragment(bytes: Uint8Array, at: number, end: number): boolean {
  return fragment.test(latin1(bytes, at, Math.min(end, at + 200)));
}

/** Whether the rest of a line after a runtime line is only packing: blanks, colour codes, the end of a JSON string. */
function isTail(bytes: Uint8Array, pos: number, end: number): boolean {
  // By bytes, and no further than the first that is something else: a line may hold thousands of runtime lines.
  for (let at = pos; at < end; at++) {
    const byte = bytes[at];
    if (byte === doubleQuote) return true;
    if (byte === space || (byte >= 9 && byte <= 13)) continue;
    if (byte === backslash && jsonBreaks.has(bytes[at + 1])) at++;
    else if (byte === escapeByte) {
      const close = /^\[[\d;]{0,20}m/.exec(latin1(bytes, at + 1, Math.min(end, at + 24)));
      if (!close) return false;
      at += close[0].length;
    } else return false;
  }
  return true;
}
const doubleQuote = 34;
const backslash = 92;
const escapeByte = 27;
const jsonBreaks: ReadonlySet<number> = new Set(literal("nrt"));
