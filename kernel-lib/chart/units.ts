const nsSteps: readonly [number, string][] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

/**
 * A time in the unit that suits it, to three significant digits.
 *
 * @example
 * formatNs(1234567) // "1.23 ms"
 */
export function formatNs(ns: number): string {
  if (!Number.isFinite(ns)) return "unknown";
  if (ns === 0) return "0 ns";
  const [size, unit] = nsSteps.find(([step]) => Math.abs(ns) >= step * 0.9995) ?? [1, "ns"];
  return `${significant(ns / size)} ${unit}`;
}

/** A share as a percentage, with enough digits to tell small ones from none. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return "unknown";
  const percent = share * 100;
  if (percent === 0 || Math.abs(percent) >= 10)
    return `${percent.toFixed(Math.abs(percent) >= 99.95 || percent === 0 ? 0 : 1)} %`;
  return `${significant(percent, 2)} %`;
}

/** A count with thin groups of three: 12 345. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A count with its noun: 1 value, 2 values. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const byteSteps: readonly [number, string][] = [
  [2 ** 30, "GiB"],
  [2 ** 20, "MiB"],
  [2 ** 10, "KiB"],
  [1, "B"],
];

/** A size in the unit that suits it. */
export function formatBytes(bytes: number): string {
  const [size, unit] = byteSteps.find(([step]) => Math.abs(bytes) >= step) ?? [1, "B"];
  return `${significant(bytes / size)} ${unit}`;
}

/** Three significant digits (or as many as given), without trailing zeros or an exponent. */
export function significant(value: number, digits = 3): string {
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-4)
    ? rounded.toExponential()
    : String(rounded);
}

/** The Vega expression that writes a time in ns as {@link formatNs} does; for tooltips and axis labels. */
export function nsExpression(value: string, digits = 3): string {
  return stepExpression(value, nsSteps, digits);
}

/** The Vega expression that writes a size in bytes in its own unit. */
export function bytesExpression(value: string, digits = 3): string {
  return stepExpression(value, byteSteps, digits);
}

function stepExpression(value: string, steps: readonly [number, string][], digits: number): string {
  const smallest = steps[steps.length - 1];
  const write = ([size, unit]: readonly [number, string]): string =>
    `format(${value} / ${size}, '.${digits}~r') + ' ${unit}'`;
  return steps.reduceRight(
    (rest, step) =>
      step === smallest ? write(step) : `abs(${value}) >= ${step[0]} ? ${write(step)} : ${rest}`,
    "",
  );
}

/** An axis in ns whose labels carry the unit. */
export function nsAxis(title: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { title, labelExpr: `datum.value === 0 ? '0' : ${nsExpression("datum.value", 6)}`, ...more };
}

/**
 * A logarithmic axis in ns that labels whole powers of ten, and 2 and 5 between them where few decades are shown,
 * so that labels keep their distance.
 */
export function nsLogAxis(
  title: string,
  low: number,
  high: number,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return logAxis(title, nsExpression("datum.value"), low, high, more);
}

/** A logarithmic axis that labels round values only, with the lines of whole powers of ten the stronger ones. */
export function logAxis(
  title: string,
  label: string,
  low: number,
  high: number,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    title,
    labelExpr: logLabels(label, low, high),
    ...wholePowers,
    ...more,
  };
}

/** An axis of counts: 200, 1.5k, 2M, and 0 without a unit. */
export function countAxis(title: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { title, tickMinStep: 1, labelExpr: "format(datum.value, '~s')", ...more };
}

const mantissa = "round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))";

/** What makes the lines of whole powers of ten the stronger ones on a logarithmic axis. */
export const wholePowers: Readonly<Record<string, unknown>> = {
  gridOpacity: { condition: { test: `${mantissa} === 1`, value: 0.3 }, value: 0.07 },
  tickOpacity: { condition: { test: `${mantissa} === 1`, value: 1 }, value: 0.35 },
};

/** The expression that labels only the round values of a logarithmic axis. */
function logLabels(label: string, low: number, high: number): string {
  const decades = Math.log10(Math.max(high, 1) / Math.max(low, 1));
  const shown = decades > 2.5 ? `${mantissa} === 1` : `indexof([1, 2, 5], ${mantissa}) >= 0`;
  return `${shown} ? ${label} : ''`;
}

/** An axis in bytes from 0, with ticks at round multiples of a binary unit. */
export function bytesAxis(
  title: string,
  most: number,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const labelExpr = `datum.value === 0 ? '0' : ${bytesExpression("datum.value")}`;
  return { title, values: byteTicks(most), labelExpr, ...more };
}

function byteTicks(most: number): number[] {
  const unit = byteSteps.find(([size]) => most >= 2 * size)?.[0] ?? 1;
  const rough = most / unit / 6;
  const decade = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  const step =
    Math.max(1, [1, 2, 5, 10].map((times) => times * decade).find((size) => size >= rough) ?? 1) * unit;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}
