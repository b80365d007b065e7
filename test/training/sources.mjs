// The exercises of notebooks/training with their answers: this file is for those who maintain them, and spoils them
// for those who want to solve them. An answer is computed from the captures, by the calls a solver could make; the
// reasoning is what the right answer opens. `node test/training/lock.mjs` writes the locked form.
import { join, resolve } from "node:path";
import * as tb from "#lib/index.js";

const datasets = resolve(import.meta.dirname, "../../datasets");
const open = (name) => tb.loadDataset(join(datasets, name));
const quantile = (values, q) => tb.nearestRank(Float64Array.from(values).sort(), q);
const sum = (values) => Array.from(values).reduce((all, value) => all + value, 0);
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Each exercise by its name: an async function that gives the source `lockExercise` takes. */
export const sources = {
  "redis-keys": async () => {
    const cost = (await (await open("redis-scan")).csv("cost.csv")).filter(
      (d) => d.keys >= 10000 && d.script === "scan",
    );
    const [fit] = tb.scaling(cost.reify(), { n: "keys", cost: "dur_ns" }).objects();
    const keys = (1950e6 / fit.factor) ** (1 / fit.slope);
    return {
      answer: keys,
      unit: "keys",
      tolerance: 0.15,
      hints: [
        "`scaling` fits cost as a power of n. Which of the two scripts is it, and do the smallest counts belong to the same line?",
        "A fit says `dur_ns = factor * keys ** slope`, from ten thousand keys on. Solve it for the keys at 1950 ms.",
      ],
      reasoning: `The script's time grows as keys to the power of ${fit.slope.toFixed(2)}, so 1950 ms are about ${(Math.round(keys / 1e4) * 1e4).toLocaleString("en")} keys on the machine of the captures. The figure in the write-up is no mystery of Redis: it is the size of the shop. A cost that grows in proportion to the data passes every test with a small data set, and fails in the week the data has grown.`,
    };
  },
  "redis-others": async () => {
    const log = await (await open("redis-scan")).load("scan.operations.csv");
    const gets = log.operations.filter((d) => d.kind === "get").array("dur_ns");
    const p99 = quantile(gets, 0.99);
    return {
      answer: p99 / 1e6,
      unit: "ms",
      tolerance: 0.05,
      hints: [
        "Redis runs one command at a time. What does a GET do that arrives while the script runs, and where is that time counted?",
        "Not in commandstats: in the other client's own log, `scan.operations.csv`, kind `get`. Take the 99th percentile, in ms.",
      ],
      reasoning: `The P99 of the GETs is ${tb.formatNs(p99)}, and their median ${tb.formatNs(quantile(gets, 0.5))}. The server's statistics count a command from the moment it begins to run, so the time in the queue is nobody's. Latency is what the caller waits; ask the caller.`,
    };
  },
  "value-size": async () => {
    const cases = (await (await open("escape")).csv({ role: "allocations", go: "1.26" })).objects();
    const allocating = cases.filter((row) => row.kind === "map local" && row.allocations_per_run > 0.5);
    const bytes = Math.min(...allocating.map((row) => row.value_bytes));
    return {
      answer: bytes,
      unit: "bytes",
      hints: [
        "`allocations` of Go 1.26 has local maps (`map local`) of values of growing size. Which is the first that needs the heap?",
        "Between two neighbours of the table the count of allocations steps up from zero. The answer is the larger of the two.",
      ],
      reasoning: `Up to ${bytes - 1} bytes a map keeps its values in its own slots; from ${bytes} on each slot holds a pointer and the value is an object of its own. That is why a map of 1 KiB arrays is a map of pointers, whatever its type says, and why the write-up's picture of kilobytes lying in buckets is wrong from the start.`,
    };
  },
  "growth-key": async () => {
    const data = await open("map-growth");
    const after128 = async (go) => {
      const slots = (await data.csv({ role: "slots", go })).objects();
      const rows = slots.filter((row) => row.value === "uint64");
      return rows[rows.findIndex((row) => row.slots === 128) + 1].keys;
    };
    const [keys, before] = [await after128("1.26"), await after128("1.23")];
    return {
      answer: keys,
      unit: "keys",
      hints: [
        "`slots` of Go 1.26 has a line whenever the number of slots changes, with the number of keys at that moment.",
        "Find the line that follows the one with 128 slots.",
      ],
      reasoning: `Key ${keys} is the first that 128 slots do not take: Swiss tables keep one slot in eight free, so 128 of them hold ${keys - 1}. The threshold of 6.5 entries for each bucket of eight belongs to Go 1.23 and older, where 128 slots grow at key ${before}. A rule about the runtime's insides is a rule about a release.`,
    };
  },
  "scan-share": async () => {
    const [row] = (await (await open("gc-mark")).csv({ role: "scan", go: "1.26" }))
      .objects()
      .filter((one) => one.value === "[1024]byte");
    const share = row.scannable_bytes / row.live_bytes;
    return {
      answer: 100 * share,
      unit: "% of the live bytes",
      tolerance: 0.05,
      hints: [
        "The collector follows pointers. How many of the bytes of a map of byte arrays can hold one?",
        "`scan` of Go 1.26 has the runtime's own figures: `scannable_bytes` against `live_bytes`, for `[1024]byte`, as a percentage.",
      ],
      reasoning: `${tb.formatBytes(row.scannable_bytes)} of ${tb.formatBytes(row.live_bytes)}, ${percent(share)}: the map's slots, which point at the arrays. The arrays themselves are marked as in use and never looked into. To lower the cost of marking, count pointers, not bytes.`,
    };
  },
  "mark-ratio": async () => {
    const data = await open("gc-mark");
    const median = async (value) => {
      const log = await data.load({ role: `gctrace ${value}`, go: "1.26" });
      const forced = log
        .table("gc_cycles")
        .objects()
        .filter((cycle) => cycle.forced);
      return quantile(
        forced.map((cycle) => cycle.mark_ns),
        0.5,
      );
    };
    const [bytes, pointers] = [await median("[1024]byte"), await median("[1024]*int")];
    return {
      answer: pointers / bytes,
      unit: "times",
      tolerance: 0.1,
      hints: [
        "The two logs are `gctrace [1024]byte` and `gctrace [1024]*int`. Of the three clock times of a collection, which is marking?",
        "Divide the medians of `mark_ns` over the forced cycles of `gc_cycles`.",
      ],
      reasoning: `${tb.formatNs(pointers)} against ${tb.formatNs(bytes)}, ${(pointers / bytes).toFixed(0)} times as long, where the write-up has marking of pointers as the cheaper of the two. An array of pointers is 1024 questions, an array of bytes none.`,
    };
  },
  "stopped-share": async () => {
    const { trace } = await (await open("spikes")).run("1.26");
    const pauses = tb.stopTheWorld(trace, { gcOnly: true });
    const share = sum(pauses.array("dur_ns")) / trace.spanNs;
    return {
      answer: 100 * share,
      unit: "% of the time",
      tolerance: 0.05,
      hints: [
        "`stopTheWorld(trace, { gcOnly: true })` has a row for each pause of the collector.",
        "Add up `dur_ns` and divide by `trace.spanNs`.",
      ],
      reasoning: `The collector stopped the world ${pauses.numRows()} times, for ${percent(share)} of the run in all. Keep that figure at hand: when somebody says that some share of the slow requests fell into a pause, it is what chance alone would give to requests that take no time, and more to long ones.`,
    };
  },
  "marking-hits": async () => {
    const { trace, operations } = await (await open("spikes")).run("1.26");
    const slow = tb.spikes(operations, { quantile: 0.99, kind: "request" });
    const marking = trace.ranges.filter((d) => d.name === "GC concurrent mark phase").reify();
    const [found] = tb.coincidence(slow, marking, { from_ns: 0, to_ns: trace.spanNs }).objects();
    return {
      answer: 100 * found.share,
      unit: "% of the slow requests",
      tolerance: 0.05,
      hints: [
        'Slow requests: `spikes(operations, { quantile: 0.99, kind: "request" })`. The collector does more than pause.',
        "The rows of `trace.ranges` with the name `GC concurrent mark phase`, and `coincidence` of the two, from 0 to `trace.spanNs`: `share`.",
      ],
      reasoning: `${percent(found.share)} of the slow requests overlap a mark phase; by chance it would be ${percent(found.expected)}. The collector is involved, and not by its pauses: while it marks it takes processors, and a goroutine that is due waits for one. A cure that shortens pauses would have cured nothing.`,
    };
  },
  "wake-factor": async () => {
    const data = await open("wake-delay");
    const median = async (load) =>
      quantile((await data.load({ role: `operations ${load}`, go: "1.26" })).operations.array("dur_ns"), 0.5);
    const [idle, spin] = [await median("idle"), await median("spin")];
    return {
      answer: spin / idle,
      unit: "times",
      tolerance: 0.1,
      hints: [
        "The logs are `operations idle` and `operations spin` of Go 1.26; each row is from sending a message to having read it.",
        "Divide the medians of `dur_ns`.",
      ],
      reasoning: `${tb.formatNs(spin)} against ${tb.formatNs(idle)}. The network is the same in both. A reader that is ready beside goroutines that never block waits until the scheduler takes the processor from one of them, ten milliseconds later. Before you blame a network, ask who had the processor.`,
    };
  },
  "final-rhythm": async () => {
    const { slow } = await incident();
    const starts = slow
      .filter((row, i) => i === 0 || row.start_ns - slow[i - 1].end_ns > 50e6)
      .map((row) => row.start_ns);
    const gaps = starts.slice(1).map((at, i) => at - starts[i]);
    return {
      answer: quantile(gaps, 0.5) / 1e6,
      unit: "ms",
      tolerance: 0.03,
      hints: [
        "Requests slower than 5 ms come in groups. `spikesOverBands` draws them over time.",
        "Take the first slow request of each group, and the time from one to the next.",
      ],
      reasoning: `About every ${tb.formatNs(quantile(gaps, 0.5))}, ${starts.length} times in three seconds. Something with a clock of its own; load does not come so evenly, and neither does the collector, which ran far more often (the gctrace log counts its cycles).`,
    };
  },
  "final-wait": async () => {
    const { trace, waits } = await incident();
    const leaf = trace.stacks.objects().find((row) => row.stack_id === waits[0].stack_id).leaf;
    return {
      answer: [leaf, "rwmutex.rlock", "(*rwmutex).rlock", "sync.rwmutex.rlock", "rlock"],
      hints: [
        "What state is a goroutine of `net/http.(*conn).serve` in while a request of its own is slow? `trace.goroutineStates`, rows longer than 5 ms.",
        "The goroutines wait with the reason `sync`. Their `stack_id` says in which function: `trace.frames`, depth 0.",
      ],
      reasoning: `They wait in \`${leaf}\`: to read. Readers do not exclude each other, and the writer is quick, so neither explains a wait of twenty milliseconds. Somebody does hold them up, and it need not be who wakes them. What is the longest wait's waker itself waiting for?`,
    };
  },
  "final-cause": async () => {
    const { trace, waits } = await incident();
    const longest = waits.toSorted((a, b) => b.dur_ns - a.dur_ns)[0];
    const path = tb
      .criticalPath(trace, { g: longest.g, from_ns: longest.start_ns, to_ns: longest.end_ns })
      .objects();
    const held = path.toSorted((a, b) => b.dur_ns - a.dur_ns)[0];
    const stack = trace.frames.objects().filter((row) => row.stack_id === held.stack_id);
    const culprit = stack.find((row) => row.func.startsWith("main.")).func;
    const pauses = tb.stopTheWorld(trace);
    const { slowTable } = await incident();
    const [stw] = tb.coincidence(slowTable, pauses, { from_ns: 0, to_ns: trace.spanNs }).objects();
    const short = culprit.replace(/^main\./, "");
    return {
      answer: [culprit, short, short.replace(/[(*)]/g, ""), short.split(".").at(-1)],
      hints: [
        "`criticalPath` of one of the long waits follows whoever ended it, and what that one waited for. Look at the deepest and longest step.",
        "The longest step is a wait for the network, by a goroutine that serves no request. Which function of the program is innermost on its stack?",
      ],
      reasoning: `\`${culprit}\` sends the whole board to another site and waits for its confirmation, ${tb.formatNs(held.dur_ns)} in the case looked at, with the read lock held. By itself that would hold up no reader. But the feed wants to write all the time, and a \`sync.RWMutex\` lets no new reader in once a writer waits, lest the writer starve: so the slow reader holds up the writer, and the waiting writer all other readers. The collector, which ran all the time, is innocent: ${percent(stw.share)} of the slow requests overlap a pause, ${percent(stw.expected)} by chance. The remedy is to copy the board under the lock and to send the copy after giving it back; never to wait for anybody else while holding a lock.`,
    };
  },
};

/** The unmarked set: its trace, the requests slower than 5 ms, and the waits behind them. */
async function incident() {
  const { trace, operations } = await (await open("unmarked")).run("1.26");
  const slowTable = tb.spikes(operations, { threshold_ns: 5e6 });
  const serving = new Set(
    trace.goroutines
      .objects()
      .filter((row) => row.name === "net/http.(*conn).serve")
      .map((row) => row.g),
  );
  const waits = trace.goroutineStates
    .objects()
    .filter(
      (row) => row.state === "Waiting" && row.reason === "sync" && row.dur_ns > 5e6 && serving.has(row.g),
    );
  return { trace, slow: slowTable.objects(), slowTable, waits };
}
