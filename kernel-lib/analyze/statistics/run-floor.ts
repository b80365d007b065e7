/**
 * By how much single runs of one program may differ for no reason, as a factor: one and a half, and from the P90 on one more
 * than the number of nines (2 at the P90, 3 at the P99, 4 at the P99.9). Eight equal runs of a small service on a shared machine
 * of two processors, repeated, had medians up to a factor of 1.8 apart, P90s of 2.7 and P99s of 8 where another program took the
 * machine for a part of a run; what of that shows within the runs, the eighths refuse, and the floor is for the rest.
 *
 * @example
 * runFloor(0.99) // 3
 */
export function runFloor(quantile: number): number {
  const rare = Math.min(quantile, 1 - quantile);
  return Math.max(1.5, Number((1 - Math.log10(Math.max(rare, 1e-6))).toPrecision(6)));
}
