import type { BenchmarkComparison } from "./compare-benchmarks.js";

/**
 * A number with a fixed number of decimals, an exact half rounded to even as Go's fmt does; JavaScript's `toFixed`
 * rounds it away from zero.
 */
export function goFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : Number.isNaN(value) ? "NaN" : "-Inf";
  // From 1e21 on toFixed gives up the fixed form; such numbers are whole.
  if (Math.abs(value) >= 1e21) return BigInt(value) + (decimals > 0 ? `.${"0".repeat(decimals)}` : "");
  const text = value.toFixed(decimals);
  const exact = Math.abs(value).toFixed(Math.min(100, decimals + 60));
  const rest = exact.slice(exact.indexOf(".") + 1 + decimals);
  if (!/^50*$/.test(rest)) return text;
  const kept = exact.slice(0, exact.length - rest.length).replace(/\.$/, "");
  // Exactly half: cutting it off is rounding down, right when the last digit kept is even.
  if ("02468".includes(kept[kept.length - 1])) return value < 0 ? `-${kept}` : kept;
  return text;
}

/** How a row of values is shown: digits, divisor and prefix. */
export interface Scale {
  readonly decimals: number;
  readonly factor: number;
  readonly prefix: string;
}

/** Prefixes from the largest; each takes over where the next smaller one would print 1000 (1024 for bytes). */
const decimalPrefixes = ["T", "G", "M", "k", "", "m", "\u00b5", "n"].map((prefix, index) => ({
  prefix,
  factor: 10 ** (12 - 3 * index),
  from: (digits: string): number => Number(`${digits}e${12 - 3 * index}`),
}));
const binaryPrefixes = ["Ti", "Gi", "Mi", "Ki", ""].map((prefix, index) => ({
  prefix,
  factor: 2 ** (40 - 10 * index),
  from: (digits: string): number => Number(digits) * 2 ** (40 - 10 * index),
}));

/**
 * One scale for values shown side by side, with at least three significant digits for the smallest of them, as
 * golang.org/x/perf/benchunit chooses it.
 */
export function commonScale(values: readonly number[], binary: boolean): Scale {
  const sizes = values.map(Math.abs).filter((value) => value > 0);
  if (sizes.length === 0) return { decimals: 3, factor: 1, prefix: "" };
  const least = Math.min(...sizes);
  const prefixes = binary ? binaryPrefixes : decimalPrefixes;
  for (const { prefix, factor, from } of prefixes) {
    if (least >= from("99.995")) return { decimals: 1, factor, prefix };
    if (least >= from("9.9995")) return { decimals: 2, factor, prefix };
    // Below 1 of a binary prefix there are 1024 of the next, not 1000.
    if (least >= from(".99995")) return { decimals: 3, factor, prefix };
  }
  const { prefix, factor } = prefixes[prefixes.length - 1];
  for (let decimals = 3; decimals < 10; decimals++) {
    if (least / factor >= Number(`9.9995e${2 - decimals}`)) return { decimals, factor, prefix };
  }
  return { decimals: 10, factor, prefix };
}

/** A value on a scale: `1.718\u00b5`. */
export function formatScaled(value: number, scale: Scale): string {
  return goFixed(value / scale.factor, scale.decimals) + scale.prefix;
}

/** The interval around a center in percent: `1%`; `\u221e` when it has no ends, `?` when signs differ. */
export function formatRange({ center, low, high }: BenchmarkComparison): string {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return "\u221e";
  if (Math.sign(center) !== Math.sign(low) || Math.sign(center) !== Math.sign(high)) return "?";
  if (center === 0) return "0%";
  return `${goFixed(100 * Math.max(high / center - 1, 1 - low / center), 0)}%`;
}

/** The change against the base: `-17.20%`, `~` when it may be chance, "" without a base. */
export function formatDelta({ center, base, significant }: BenchmarkComparison): string {
  if (significant === null) return "";
  if (!significant) return "~";
  if (center === base) return "0.00%";
  if (base === 0) return "?";
  return signedPercent((center / base - 1) * 100);
}

/** The evidence for a change: `p=0.000 n=10`, `n=3+4` of an exact unit, "" without a base. */
export function formatEvidence({ p, n, base_n, significant }: BenchmarkComparison): string {
  if (significant === null) return "";
  const runs = n === base_n ? `n=${n}` : `n=${base_n}+${n}`;
  return p === 0 ? runs : `p=${goFixed(p, 3)} ${runs}`;
}

/** A percentage with its sign. */
export function signedPercent(percent: number): string {
  const text = `${goFixed(percent, 2)}%`;
  return text.startsWith("-") || percent < 0 ? text : `+${text}`;
}
