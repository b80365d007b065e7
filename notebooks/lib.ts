// What the chapters share: the incident's claims, and the small words their cells are written in.
import { readFileSync } from "node:fs";
import { claimsOf, nearestRank } from "tracebook";

/** The claims of the incident's write-up. */
export const claims = claimsOf(JSON.parse(readFileSync(new URL("./claims.json", import.meta.url), "utf8")));

/** The verdict on one of them, by its number. */
export const verdict = claims.verdict;

/** A quantile, by nearest rank, of values in any order. */
export const quantile = (values: Iterable<number>, q: number): number =>
  nearestRank(Float64Array.from(values).sort(), q);

/** The middle one of values in any order. */
export const median = (values: Iterable<number>): number => quantile(values, 0.5);

/** Something for each Go release: `{ "1.23": ..., "1.26": ... }`. */
export async function byRelease<T>(
  releases: readonly string[],
  read: (go: string) => T,
): Promise<Record<string, Awaited<T>>> {
  const entries = releases.map(async (go) => [go, await read(go)] as const);
  return Object.fromEntries(await Promise.all(entries));
}
