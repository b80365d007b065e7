/** Below this a comparison sort is faster than 65536 buckets. */
const fewRows = 20_000;

/**
 * Sorts row numbers by their keys, ascending and stable, in a time linear in the rows; rows in order already cost one look.
 * Keys that are not numbers (NaN) come last.
 *
 * @param rows row numbers; sorted in place and returned
 * @param keys a key for each row of the table, of which `rows` are some
 */
export function sortRows(rows: Uint32Array, keys: ArrayLike<number>): Uint32Array {
  if (inOrder(rows, keys)) return rows;
  if (rows.length < fewRows) {
    // A typed array's sort is stable.
    return rows.sort((a, b) => compare(keys[a], keys[b]));
  }
  const words = sortableWords(rows, keys);
  let from = Uint32Array.from(rows, (_, index) => index);
  let to = new Uint32Array(rows.length);
  for (const [half, shift] of passes) {
    if (distribute(from, to, words[half], shift)) [from, to] = [to, from];
  }
  const sorted = from.map((index) => rows[index]);
  rows.set(sorted);
  return rows;
}

/** Least significant digits first: half 0 is the lower word. */
const passes: readonly (readonly [half: 0 | 1, shift: number])[] = [
  [0, 0],
  [0, 16],
  [1, 0],
  [1, 16],
];

// The bits of doubles compare as unsigned numbers once those of negative ones are inverted and the sign bit of others is set.
function sortableWords(rows: Uint32Array, keys: ArrayLike<number>): [Uint32Array, Uint32Array] {
  const low = new Uint32Array(rows.length);
  const high = new Uint32Array(rows.length);
  const key = new Float64Array(1);
  const [lowWord, highWord] = littleEndian ? [0, 1] : [1, 0];
  const word = new Uint32Array(key.buffer);
  for (let i = 0; i < rows.length; i++) {
    key[0] = keys[rows[i]] + 0; // -0 and 0 are equal
    if (Number.isNaN(key[0])) {
      low[i] = high[i] = 0xffffffff;
      continue;
    }
    const negative = word[highWord] >>> 31 === 1;
    low[i] = negative ? ~word[lowWord] : word[lowWord];
    high[i] = negative ? ~word[highWord] : word[highWord] | 0x80000000;
  }
  return [low, high];
}

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** One pass over a digit of 16 bits; false when all rows have the same, and nothing was moved. */
function distribute(from: Uint32Array, to: Uint32Array, word: Uint32Array, shift: number): boolean {
  const starts = new Uint32Array(65537);
  for (let i = 0; i < word.length; i++) starts[((word[i] >>> shift) & 0xffff) + 1]++;
  if (starts.includes(word.length)) return false;
  for (let digit = 0; digit < 65536; digit++) starts[digit + 1] += starts[digit];
  for (let i = 0; i < from.length; i++) {
    const digit = (word[from[i]] >>> shift) & 0xffff;
    to[starts[digit]++] = from[i];
  }
  return true;
}

function inOrder(rows: Uint32Array, keys: ArrayLike<number>): boolean {
  for (let i = 1; i < rows.length; i++) {
    if (compare(keys[rows[i - 1]], keys[rows[i]]) > 0) return false;
  }
  return true;
}

function compare(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return a === b ? 0 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}
