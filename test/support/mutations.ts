/** Numbers below a bound, the same in every run (linear congruential). */
export function seededNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Copies of bytes with one to five of them changed after `start`; every third copy is cut as well. */
export function* mutations(bytes: Uint8Array, start: number, count: number): Generator<Uint8Array> {
  const random = seededNumbers(bytes.length);
  for (let round = 0; round < count; round++) {
    const length = round % 3 === 0 ? start + random(bytes.length - start) : bytes.length;
    const copy = bytes.slice(0, length);
    for (let change = 0; change < 1 + (round % 5); change++) {
      copy[start + random(Math.max(1, length - start))] = random(256);
    }
    yield copy;
  }
}
