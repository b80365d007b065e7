import { textAt } from "../analyze/columns.js";
import type { Stretch } from "../analyze/request-tracks.js";
import type { TraceView } from "../analyze/trace-view.js";
import { isLiteral } from "./code-names.js";
import { CollectorTime, type Pause } from "./collector-time.js";
import type { Cause } from "./diagnosis.js";
import { FunctionEvidence, type WeightedStacks } from "./function-evidence.js";
import { markWorker, type Occupancy, Occupants } from "./occupants.js";
import { ReleaseIndex } from "./release-index.js";
import { type Leaf, leafState, WaitPath } from "./wait-path.js";

/** A part of a request's time, with its cause. */
export interface Part {
  readonly cause: Cause;
  /** The request's own function there; "" where no stack says. */
  readonly where: string;
  /** Who held it up; "" where the trace does not say. */
  readonly behind: string;
  /** From there to what that one was doing, outermost first. */
  readonly chain: readonly string[];
  /** What that one did in most of the time: running, Waiting, ... */
  readonly doing: string;
  readonly ns: number;
  readonly from: number;
  readonly to: number;
  /** The row of goroutine_states. */
  readonly row: number;
}

type Draft = Omit<Part, "from" | "to" | "row" | "ns">;

/** After a pause the network poller and due timers are looked at within this time. */
const restart_ns = 500_000;

/** Between sending a request to an idle worker and waiting for its answer lies this much at most. */
const handOver_ns = 200_000;

/** What locks, channels and wait groups are made of: says nothing about who held them. */
const primitive =
  /^(runtime|internal\/sync|internal\/poll|syscall)[./]|^sync\.\(\*(RW)?(Mutex|WaitGroup|Cond|Once|rlocker)\)|^sync\.(runtime_|\(\*RWMutex\))|^internal\//;

const nobody = { behind: "", chain: [] as readonly string[], doing: "" };

/** Divides requests' time into parts by cause. */
export class TimeParts {
  readonly view: TraceView;
  readonly evidence: FunctionEvidence;
  readonly occupants: Occupants;
  readonly collector: CollectorTime;
  readonly releases: ReleaseIndex;
  private readonly path: WaitPath;
  private shortestSleeps: Map<number, number> | undefined;

  constructor(view: TraceView) {
    this.view = view;
    this.evidence = new FunctionEvidence(view);
    this.occupants = new Occupants(view);
    this.collector = new CollectorTime(view);
    this.releases = new ReleaseIndex(view);
    this.path = new WaitPath(view, this.releases);
  }

  /** The shortest wait for the clock at a stack: what is asked for there, if one of them was on time. */
  private shortestSleep(stack: number): number {
    const { view } = this;
    if (!this.shortestSleeps) {
      this.shortestSleeps = new Map();
      for (let row = 0; row < view.start.length; row++) {
        if (view.state.codes[row] !== view.waiting || view.left[row] || view.right[row]) continue;
        if (view.wakerOf(row) >= 0) continue;
        const ns = view.end[row] - view.start[row];
        const known = this.shortestSleeps.get(view.stack[row]);
        if (known === undefined || ns < known) this.shortestSleeps.set(view.stack[row], ns);
      }
    }
    return this.shortestSleeps.get(stack) ?? 0;
  }

  /** The parts of a request's time in whoever's hands it was; they sum to its duration. */
  of(track: readonly Stretch[]): Part[] {
    const parts: Part[] = [];
    for (const stretch of track) {
      if (stretch.queued) this.addQueued(parts, stretch);
      else this.addStretch(parts, stretch);
    }
    return parts;
  }

  private addStretch(parts: Part[], { g, from: start, to: stop }: Stretch): void {
    const { view } = this;
    const rows = view.rows.of(g);
    let at = start;
    for (
      let i = view.rows.firstEndingAfter(rows, start);
      i < rows.length && view.start[rows[i]] < stop;
      i++
    ) {
      const row = rows[i];
      const from = Math.max(at, view.start[row]);
      const to = Math.min(stop, view.end[row]);
      if (from > at) this.push(parts, { cause: "unknown", where: "", ...nobody }, from - at, at, from, -1);
      if (to > from) this.addRow(parts, row, from, to);
      at = Math.max(at, to);
    }
    if (stop > at) this.push(parts, { cause: "unknown", where: "", ...nobody }, stop - at, at, stop, -1);
  }

  private push(parts: Part[], draft: Draft, ns: number, from: number, to: number, row: number): void {
    if (ns > 0) parts.push({ ...draft, ns, from, to, row });
  }

  private addRow(parts: Part[], row: number, from: number, to: number): void {
    const { view } = this;
    const code = view.state.codes[row];
    if (code === view.running) this.addRunning(parts, row, from, to);
    else if (code === view.runnable) this.addRunnable(parts, row, from, to);
    else if (code === view.syscall) {
      this.push(
        parts,
        { cause: "syscall", where: this.whereOf(row), ...this.calls(row) },
        to - from,
        from,
        to,
        row,
      );
    } else if (code === view.waiting) this.addWaiting(parts, row, from, to);
    else this.push(parts, { cause: "unknown", where: "", ...nobody }, to - from, from, to, row);
  }

  /** The request's own function where it stood: the program's innermost in the stack. */
  private whereOf(row: number): string {
    const { view } = this;
    const own = view.frames.own(view.stack[row])[0]?.func;
    if (own !== undefined) return own;
    return view.frames.empty ? "" : view.nameOf(view.g[row]);
  }

  // The call of the standard library that the program made there.
  private calls(row: number): Omit<Draft, "cause" | "where"> {
    const { view } = this;
    const frames = view.frames.of(view.stack[row]);
    const own = view.frames.own(view.stack[row])[0];
    const at = frames.findIndex((frame) => frame.func === own?.func);
    const call = at > 0 ? frames[at - 1].func : (frames[0]?.func ?? "");
    const inner = frames.find(({ func }) => !/^(runtime|internal)[./]/.test(func))?.func ?? "";
    return {
      behind: call,
      chain: inner && inner !== call ? [call, inner] : call ? [call] : [],
      doing: "Syscall",
    };
  }

  private addRunning(parts: Part[], row: number, from: number, to: number): void {
    const { view, collector } = this;
    const g = view.g[row];
    const where = this.runningWhere(row, from, to);
    const own = collector.pausesWithin(from, to).find((pause) => pause.g === g);
    const paused = own ? Math.min(own.to, to) - Math.max(own.from, from) : 0;
    if (own) this.push(parts, this.pauseDraft(own, where), paused, from, to, row);
    const assist = Math.min(collector.assistNs(g, from, to), to - from - paused);
    if (assist > 0) {
      const stack = collector.assistStack(g, from, to);
      const at = view.frames.own(stack)[0]?.func ?? where;
      const draft: Draft = {
        cause: "gc-assist",
        where: at,
        behind: "runtime.gcAssistAlloc",
        chain: [],
        doing: "Running",
      };
      this.push(parts, draft, assist, from, to, row);
    }
    const sweep = Math.min(collector.sweepNs(view.p[row], from, to), to - from - paused - assist);
    this.push(
      parts,
      { cause: "gc-sweep", where, behind: "runtime.sweepone", chain: [], doing: "Running" },
      sweep,
      from,
      to,
      row,
    );
    this.push(parts, { cause: "cpu", where, ...nobody }, to - from - paused - assist - sweep, from, to, row);
  }

  private runningWhere(row: number, from: number, to: number): string {
    const stacks: WeightedStacks = new Map();
    this.evidence.addRunning(stacks, row, from, to);
    const chain = this.evidence.chain(stacks);
    for (let i = chain.length - 1; i > 0; i--) if (!this.evidence.isHelper(chain[i])) return chain[i];
    return chain[0] ?? (this.view.frames.empty ? "" : this.view.nameOf(this.view.g[row]));
  }

  private pauseDraft(pause: Pause, where: string): Draft {
    const byCollector = /GC/.test(pause.name);
    const asked = byCollector ? undefined : this.askedBy(pause);
    return {
      cause: "stop-the-world",
      where,
      behind: asked ?? pause.name,
      chain: asked === undefined ? [pause.name] : [asked, pause.name],
      doing: pause.name,
    };
  }

  // Who stopped the world: the range's stack, or, where old traces have none, what that goroutine ran.
  private askedBy(pause: Pause): string | undefined {
    const { view } = this;
    const own = view.frames.own(pause.stack)[0]?.func;
    if (own !== undefined || pause.g < 0) return own;
    const rows = view.rows.of(pause.g);
    const stacks: WeightedStacks = new Map();
    for (let i = view.rows.firstEndingAfter(rows, pause.from); i < rows.length; i++) {
      if (view.start[rows[i]] >= pause.to) break;
      this.evidence.addRunning(stacks, rows[i], pause.from, pause.to);
    }
    const chain = this.evidence.chain(stacks);
    const name = chain.filter((func) => !isLiteral(func)).pop() ?? view.nameOf(pause.g);
    return name === "unknown" ? undefined : name;
  }

  private addRunnable(parts: Part[], row: number, from: number, to: number): void {
    const where = this.whereOf(row);
    let rest = to - from;
    for (const pause of this.collector.pausesWithin(from, to)) {
      const ns = Math.min(rest, Math.min(pause.to, to) - Math.max(pause.from, from));
      this.push(parts, this.pauseDraft(pause, where), ns, from, to, row);
      rest -= ns;
    }
    if (rest <= 0) return;
    for (const [draft, ns] of this.processorsKept([[from, to]], where, rest))
      this.push(parts, draft, ns, from, to, row);
  }

  /** Who kept the processors in these times: drafts with the ns of each, which sum to `rest`. */
  private processorsKept(times: readonly [number, number][], where: string, rest: number): [Draft, number][] {
    // What came in since a processor was idle is what it waited for, also where that had its turn before.
    const whole = times.map(([from, to]): [number, number] => [this.occupants.busySince(from), to]);
    const occupancy = this.occupancyOf(whole);
    const blame = [...this.occupants.blame(occupancy)].sort((a, b) => b[1] - a[1]);
    if (blame.length === 0) {
      return [[{ cause: "scheduler", where, behind: "", chain: [], doing: "idle" }, rest]];
    }
    const mark = blame.find(([key]) => key === markWorker)?.[1] ?? 0;
    const drafts: [Draft, number][] = [];
    if (mark > 0) {
      const draft: Draft = {
        cause: "gc-mark",
        where,
        behind: markWorker,
        chain: [markWorker],
        doing: "Running",
      };
      drafts.push([draft, rest * mark]);
    }
    const top = blame.find(([key]) => key !== markWorker);
    if (top) {
      const chain = this.occupantChain(top[0], occupancy);
      const behind = this.named(chain) || top[0];
      drafts.push([{ cause: "scheduler", where, behind, chain, doing: "Running" }, rest * (1 - mark)]);
    }
    return drafts;
  }

  private occupancyOf(times: readonly [number, number][]): Occupancy {
    if (times.length === 1) return this.occupants.during(times[0][0], times[0][1]);
    const all: Occupancy = { byKey: new Map(), idle_ns: 0, whole_ns: 0 };
    const sum = { ...all };
    for (const [from, to] of times) {
      const one = this.occupants.during(from, to);
      sum.idle_ns += one.idle_ns;
      sum.whole_ns += one.whole_ns;
      for (const [key, { ns, rows }] of one.byKey) {
        const entry = sum.byKey.get(key) ?? { ns: 0, rows: [] };
        sum.byKey.set(key, entry);
        entry.ns += ns;
        entry.rows.push(...rows);
      }
    }
    return sum;
  }

  private occupantChain(key: string, { byKey }: Occupancy): string[] {
    const stacks: WeightedStacks = new Map();
    for (const { row, from, to } of byKey.get(key)?.rows ?? [])
      this.evidence.addRunning(stacks, row, from, to);
    const chain = this.evidence.chain(stacks);
    return chain.length > 0 ? chain : [key];
  }

  /** The name in a chain that says most: not a function literal or a goroutine's loop where there is more, nor a helper of several. */
  private named(chain: readonly string[]): string {
    const known = chain.filter((func, i) => i === 0 || !this.evidence.isHelper(func));
    return known.find((func, i) => !isLiteral(func) && (i > 0 || known.length === 1)) ?? known[0] ?? "";
  }

  private addWaiting(parts: Part[], row: number, from: number, to: number): void {
    const { view } = this;
    const where = this.whereOf(row);
    const kind = view.kindOf(row);
    const whole = to - from;
    if (kind === "network" || kind === "file") {
      const rest = this.untilPause(parts, row, where, from, to);
      const draft: Draft =
        kind === "network"
          ? { cause: "network", where, ...nobody }
          : { cause: "syscall", where, ...this.calls(row) };
      this.push(parts, draft, rest, from, to, row);
      return;
    }
    if (kind === "sleep") {
      this.addTimed(parts, row, where, from, to);
      return;
    }
    if (kind === "collector" || kind === "world") {
      this.addCollected(parts, row, where, from, to);
      return;
    }
    if (kind === "other") {
      this.push(parts, { cause: "unknown", where, ...nobody }, whole, from, to, row);
      return;
    }
    if (view.wakerOf(row) < 0) {
      if (kind === "channel" && !view.right[row]) {
        this.addTimed(parts, row, where, from, to);
        return;
      }
      this.push(parts, { cause: kind, where, ...nobody }, whole, from, to, row);
      return;
    }
    this.addHeldUp(parts, row, kind, where, from, to);
  }

  // What the runtime ends it ends when the world goes on, and not before: a wait that ended right after a pause was the pause's
  // while that lasted. The rest of the wait is given back.
  private untilPause(parts: Part[], row: number, where: string, from: number, to: number): number {
    let rest = to - from;
    if (to !== this.view.end[row]) return rest;
    for (const pause of this.collector.pausesWithin(from, to)) {
      if (to - pause.to > restart_ns) continue;
      const ns = Math.min(rest, Math.min(pause.to, to) - Math.max(pause.from, from));
      this.push(parts, this.pauseDraft(pause, where), ns, from, to, row);
      rest -= ns;
    }
    return rest;
  }

  // A sleep, or a timer's channel: what it was late by is the scheduler's, where all processors were busy until it fired.
  private addTimed(parts: Part[], row: number, where: string, from: number, until: number): void {
    const { view } = this;
    const paused = until - from - this.untilPause(parts, row, where, from, until);
    const to = until;
    if (paused > 0) {
      this.push(parts, { cause: "sleep", where, ...nobody }, to - from - paused, from, to, row);
      return;
    }
    const asked = this.shortestSleep(view.stack[row]);
    const beyond = view.end[row] - view.start[row] - asked;
    const late =
      to === view.end[row] && beyond > 0 ? this.occupants.latenessBefore(to, from) : { ns: 0, row: -1 };
    const ns = Math.min(beyond, late.ns, to - from);
    if (ns > 0) {
      for (const [draft, part] of this.processorsKept([[to - ns, to]], where, ns)) {
        this.push(parts, draft, part, from, to, row);
      }
    }
    this.push(parts, { cause: "sleep", where, ...nobody }, to - from - Math.max(0, ns), from, to, row);
  }

  private addCollected(parts: Part[], row: number, where: string, from: number, to: number): void {
    const { view } = this;
    let rest = to - from;
    for (const pause of this.collector.pausesWithin(from, to)) {
      const ns = Math.min(rest, Math.min(pause.to, to) - Math.max(pause.from, from));
      this.push(parts, this.pauseDraft(pause, where), ns, from, to, row);
      rest -= ns;
    }
    const assists = view.frames.some(view.stack[row], (func) =>
      /^runtime\.gc(ParkAssist|AssistAlloc)/.test(func),
    );
    const cause: Cause = assists || /assist/.test(textAt(view.reason, row) ?? "") ? "gc-assist" : "gc-mark";
    const behind = cause === "gc-assist" ? "runtime.gcAssistAlloc" : markWorker;
    this.push(parts, { cause, where, behind, chain: [behind], doing: "Waiting" }, rest, from, to, row);
  }

  // A wait that another goroutine ended: what that one did meanwhile decides.
  private addHeldUp(
    parts: Part[],
    row: number,
    kind: "lock" | "channel",
    where: string,
    from: number,
    to: number,
  ): void {
    if (kind === "channel") {
      const queued = this.queuedUntil(row, from, to);
      if (queued > from) {
        const leaves = this.path.of(row, from, to);
        const [before, after] = [
          leaves.filter((leaf) => leaf.to <= queued),
          leaves.filter((leaf) => leaf.to > queued),
        ];
        this.push(
          parts,
          { cause: "queue", where, ...this.heldUpBy(before, where) },
          queued - from,
          from,
          queued,
          row,
        );
        this.addFollowed(parts, row, kind, where, after, queued, to);
        return;
      }
    }
    this.addFollowed(parts, row, kind, where, this.path.of(row, from, to), from, to);
  }

  private addFollowed(
    parts: Part[],
    row: number,
    kind: "lock" | "channel",
    where: string,
    leaves: readonly Leaf[],
    from: number,
    to: number,
  ): void {
    const whole = to - from;
    const ready: [number, number][] = [];
    let [readyNs, pausedNs, outside] = [0, 0, 0];
    let pause: Pause | undefined;
    for (const leaf of leaves) {
      const state = leafState(this.view, leaf);
      if (state === "Runnable") {
        const stops = this.collector.pausesWithin(leaf.from, leaf.to);
        const stopped = stops.reduce(
          (sum, stop) => sum + Math.min(stop.to, leaf.to) - Math.max(stop.from, leaf.from),
          0,
        );
        pausedNs += stopped;
        pause = stops[0] ?? pause;
        if (leaf.to - leaf.from > stopped) {
          readyNs += leaf.to - leaf.from - stopped;
          ready.push([leaf.from, leaf.to]);
        }
      }
      if (state === "Waiting" && this.view.kindOf(leaf.row) === "network") outside += leaf.to - leaf.from;
    }
    if (pause && pausedNs >= 0.5 * whole) {
      this.push(parts, this.pauseDraft(pause, where), whole, from, to, row);
      return;
    }
    if (readyNs >= 0.5 * whole) {
      for (const [draft, ns] of this.processorsKept(ready, where, whole))
        this.push(parts, draft, ns, from, to, row);
      return;
    }
    // A library's own goroutine that waits for the network for whoever called the library: net/http's read loop.
    if (outside >= 0.5 * whole && leaves.every((leaf) => this.isLibrary(leaf))) {
      this.push(parts, { cause: "network", where, ...nobody }, whole, from, to, row);
      return;
    }
    this.push(parts, { cause: kind, where, ...this.heldUpBy(leaves, where) }, whole, from, to, row);
  }

  // A goroutine that a library started and that is in nothing of the program's: one that serves a request is in its handler.
  private isLibrary({ g, row, by }: Leaf): boolean {
    const { view } = this;
    const func = view.nameOf(g);
    if (func === "unknown" || view.frames.originOfFunction(func) === "own") return false;
    return [row < 0 ? -1 : view.stack[row], view.endStack[by]].every(
      (at) => view.frames.own(at).length === 0,
    );
  }

  // Until when whoever answered, or took what was sent, was busy with earlier requests: it answered others of the same site
  // before. `from` when it was not; a consumer that answers nobody is no worker with a queue, but slow.
  private queuedUntil(row: number, from: number, to: number): number {
    const { view, releases } = this;
    const reason = textAt(view.reason, row) ?? "";
    // A pool hands on what it has: its others wait for the same thing, not for work of one worker.
    const pool = view.frames.some(view.stack[row], (func) => func === "database/sql.(*DB).conn");
    const sends = reason.includes("send") || this.isReceive(view.endStack[row]);
    const waker = view.wakerOf(row);
    const site = view.frames.own(view.stack[row])[0]?.func;
    if (pool || site === undefined) return from;
    let [until, answering] = [from, 0];
    for (const other of releases.endedBy(waker, from, to)) {
      if (view.g[other] === view.g[row] || (!sends && view.start[other] > view.start[row])) continue;
      if (!this.isAnswer(other) || view.frames.own(view.stack[other])[0]?.func !== site) continue;
      until = view.end[other];
      answering += until - Math.max(from, this.answeredSince(other, waker));
    }
    // Whoever was at something that is no request's for most of that time had no queue before this one: all waited for that.
    return answering >= 0.5 * (until - from) ? until : from;
  }

  private isAnswer(row: number): boolean {
    return this.view.kindOf(row) === "channel" && !this.isReceive(this.view.endStack[row]);
  }

  // Since when whoever ended this wait with an answer can have been at it: since its answer before, if this request was waiting
  // by then, or since it took the request, or was woken when that had come; else it was busy with something else when the
  // request came, and nothing says that it turned to it before the answer.
  private answeredSince(row: number, waker: number): number {
    const { view, releases } = this;
    const [came, answered] = [view.start[row], view.end[row]];
    const before = releases.endedBy(waker, came, answered).filter((other) => this.isAnswer(other));
    const last = before[before.length - 1];
    if (last !== undefined) return view.end[last];
    const own = view.rows.of(view.g[row]);
    for (let i = view.rows.lastStartingBefore(own, came); i >= 0; i--) {
      if (view.state.codes[own[i]] !== view.waiting) continue;
      const taken = view.wakerOf(own[i]) === waker && this.isReceive(view.endStack[own[i]]);
      if (taken) return view.end[own[i]];
      break;
    }
    const rows = view.rows.of(waker);
    for (let i = view.rows.firstEndingAfter(rows, came - handOver_ns); i < rows.length; i++) {
      const other = rows[i];
      if (view.start[other] >= came) break;
      if (view.state.codes[other] === view.waiting && view.kindOf(other) === "channel")
        return view.end[other];
    }
    return answered;
  }

  private isReceive(stack: number): boolean {
    return /^runtime\.chanrecv/.test(this.view.frames.of(stack)[0]?.func ?? "");
  }

  // Who held it up: the function that released it, or what that one called meanwhile, where this says more.
  private heldUpBy(leaves: readonly Leaf[], where: string): Omit<Draft, "cause" | "where"> {
    const { view } = this;
    const groups = new Map<string, { ns: number; leaves: Leaf[] }>();
    for (const leaf of leaves) {
      if (leaf.unknown) continue;
      const release = leaf.depth === 0 ? "" : this.releaserOf(leaf);
      const group = groups.get(release) ?? { ns: 0, leaves: [] };
      groups.set(release, group);
      group.ns += leaf.to - leaf.from;
      group.leaves.push(leaf);
    }
    const [best] = [...groups].sort((a, b) => b[1].ns - a[1].ns);
    if (!best) return nobody;
    const [release, group] = best;
    const stacks: WeightedStacks = new Map();
    const states = new Map<string, number>();
    for (const leaf of group.leaves) {
      const state = this.leafDoing(leaf);
      states.set(state, (states.get(state) ?? 0) + leaf.to - leaf.from);
      if (leaf.row < 0) continue;
      if (view.state.codes[leaf.row] === view.running)
        this.evidence.addRunning(stacks, leaf.row, leaf.from, leaf.to);
      else {
        const stack = view.stack[leaf.row];
        if (stack >= 0) stacks.set(stack, (stacks.get(stack) ?? 0) + leaf.to - leaf.from);
      }
    }
    const doing = [...states].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
    const entry = view.nameOf(group.leaves[0].g);
    const below = this.evidence.chain(stacks, release === "" ? undefined : release);
    const chain = release === "" ? below : [release, ...below.filter((func) => func !== release)];
    const plain = release === "" || isLiteral(release) || release === entry || release === where;
    const deeper = chain.slice(1).find((func) => !isLiteral(func) && !this.evidence.isHelper(func));
    const library = this.libraryHolder(group.leaves, stacks);
    if (chain.length === 0) return { behind: library ?? entry, chain: [], doing };
    const behind = plain ? (deeper ?? library ?? chain[0]) : chain[0];
    return {
      behind,
      chain: library === undefined || chain.includes(library) ? chain : [...chain, library],
      doing,
    };
  }

  // The function that released it: the innermost of the program's own there, or, where that is a literal or helper that is not
  // in the stack of what went on before, the innermost that is.
  private releaserOf(leaf: Leaf): string {
    const { view } = this;
    const release = view.frames.own(view.endStack[leaf.by]);
    const before = leaf.row < 0 ? -1 : this.stackOf(leaf.row);
    const shared = release.find(({ func }) => view.frames.some(before, (other) => other === func));
    const inner = release[0]?.func ?? "";
    return shared !== undefined && isLiteral(inner) ? shared.func : inner;
  }

  private stackOf(row: number): number {
    const { view } = this;
    const ran = view.state.codes[row] === view.running && view.endStack[row] >= 0;
    return ran ? view.endStack[row] : view.stack[row];
  }

  private leafDoing(leaf: Leaf): string {
    const { view } = this;
    const state = leafState(view, leaf);
    if (state !== "Waiting") return state;
    return `Waiting:${view.kindOf(leaf.row)}`;
  }

  // The standard library's function that held the lock or answered, where it was not the program's own: the one that released
  // it, or what that one called for most of the time (sync.(*Map).dirtyLocked below sync.(*Map).Store).
  private libraryHolder(leaves: readonly Leaf[], stacks: WeightedStacks): string | undefined {
    const { frames, endStack } = this.view;
    const release = frames.of(endStack[leaves[0].by]).find(({ func }) => !primitive.test(func));
    if (release === undefined || frames.originOf(release) !== "standard") return undefined;
    const sums = new Map<string, number>();
    let whole = 0;
    const family = release.func.slice(0, release.func.lastIndexOf(".") + 1);
    for (const [stack, ns] of stacks) {
      whole += ns;
      const func = frames.of(stack).find((frame) => frame.func.startsWith(family))?.func;
      if (func !== undefined) sums.set(func, (sums.get(func) ?? 0) + ns);
    }
    const [best] = [...sums].sort((a, b) => b[1] - a[1]);
    return best && best[1] > 0.5 * whole ? best[0] : release.func;
  }

  private addQueued(parts: Part[], { g, from, to }: Stretch): void {
    const { view } = this;
    const stacks: WeightedStacks = new Map();
    const rows = view.rows.of(g);
    for (let i = view.rows.firstEndingAfter(rows, from); i < rows.length && view.start[rows[i]] < to; i++) {
      const row = rows[i];
      const [begin, end] = [Math.max(from, view.start[row]), Math.min(to, view.end[row])];
      if (view.state.codes[row] === view.running) this.evidence.addRunning(stacks, row, begin, end);
      else if (view.stack[row] >= 0) {
        stacks.set(view.stack[row], (stacks.get(view.stack[row]) ?? 0) + end - begin);
      }
    }
    const chain = this.evidence.chain(stacks);
    const where = chain[0] ?? view.nameOf(g);
    const behind = this.named(chain) || where;
    this.push(parts, { cause: "queue", where, behind, chain, doing: "Running" }, to - from, from, to, -1);
  }
}
