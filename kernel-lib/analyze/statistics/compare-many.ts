import { seededRandom } from "../random.js";

const mostPermutations = 4000;
/** A spread of a thousandth is none: what was counted, and is the same in each run, need not differ by more to be told apart. */
const leastSpread = 1e-3;

/**
 * Many figures of the same runs compared together: how likely chance alone gives any of them a difference as marked (t statistic), by
 * exchanging whole runs between the sides (Westfall and Young's maxT, 1993). Calling those at most alpha makes any false
 * call no likelier than alpha, however the figures depend on each other; four runs a side are the least with which 5 % can be reached.
 *
 * @param before for each figure its value in each run; none negative
 * @example
 * compareMany([[1, 1.1, 1, 1.05]], [[2, 2.1, 2, 2.2]]) // [0.0286]: 2 of the 70 ways to share out 8 runs
 */
export function compareMany(
  before: readonly (readonly number[])[],
  after: readonly (readonly number[])[],
): number[] {
  const n = before[0]?.length ?? 0;
  const figures = before.map((old, i) => relative([...old, ...after[i]]));
  const runs = figures[0]?.length ?? 0;
  const seen = figures.map((figure) => marked(figure, n, (run) => run));
  const asMarked = new Float64Array(figures.length);
  let ways = 0;
  for (const order of orders(runs, n)) {
    ways++;
    let most = 0;
    for (const figure of figures)
      most = Math.max(
        most,
        marked(figure, n, (run) => order[run]),
      );
    seen.forEach((one, i) => {
      if (most >= one * (1 - 1e-12)) asMarked[i]++;
    });
  }
  return Array.from(asMarked, (count) => count / ways);
}

/** On a logarithmic scale that lets nothing be nothing. */
function relative(values: readonly number[]): Float64Array {
  const above = values.filter((value) => value > 0).sort((a, b) => a - b);
  const middle = above[above.length >> 1] ?? 1;
  return Float64Array.from(values, (value) => Math.log(value / middle + 0.01));
}

function marked(values: Float64Array, n: number, at: (run: number) => number): number {
  const m = values.length - n;
  let [first, second] = [0, 0];
  for (let run = 0; run < n; run++) first += values[at(run)];
  for (let run = n; run < values.length; run++) second += values[at(run)];
  const [a, b] = [first / n, second / m];
  let squares = 0;
  for (let run = 0; run < values.length; run++) squares += (values[at(run)] - (run < n ? a : b)) ** 2;
  const spread = Math.sqrt(squares / (values.length - 2));
  return Math.abs(b - a) / ((spread + leastSpread) * Math.sqrt(1 / n + 1 / m));
}

/** All ways to choose the first side's runs, or as many drawn where there are too many; the one that was, first. */
function* orders(runs: number, n: number): Generator<number[]> {
  const all = Array.from({ length: runs }, (_, run) => run);
  let ways = 1;
  for (let k = 1; k <= n; k++) ways = (ways * (runs - n + k)) / k;
  if (ways <= mostPermutations) {
    yield* chosen(all, n, 0, []);
    return;
  }
  yield all;
  const random = seededRandom(1);
  for (let draw = 1; draw < mostPermutations; draw++) {
    const order = all.slice();
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    yield order;
  }
}

function* chosen(
  all: readonly number[],
  n: number,
  from: number,
  first: readonly number[],
): Generator<number[]> {
  if (first.length === n) {
    yield [...first, ...all.filter((run) => !first.includes(run))];
    return;
  }
  for (let run = from; run < all.length; run++) yield* chosen(all, n, run + 1, [...first, run]);
}
