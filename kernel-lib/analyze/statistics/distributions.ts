import { createRequire } from "node:module";

interface Distribution {
  inv(p: number, ...parameters: number[]): number;
  cdf(x: number, ...parameters: number[]): number;
}

interface Distributions {
  readonly studentt: Distribution;
  readonly beta: Distribution;
  readonly chisquare: Distribution;
  readonly centralF: Distribution;
}

// The package is one file of 130 kB: read when a judgement first needs it, not when the library is loaded.
let loaded: Distributions | undefined;
function distributions(): Distributions {
  loaded ??= (createRequire(import.meta.url)("jstat") as { jStat: Distributions }).jStat;
  return loaded;
}

/** The value that Student's t with so many degrees of freedom (any number above 0) is at most with probability `p`. */
export function studentQuantile(p: number, degrees: number): number {
  return distributions().studentt.inv(p, degrees);
}

/** The probability that Student's t with so many degrees of freedom is at most `t`. */
export function studentCdf(t: number, degrees: number): number {
  return distributions().studentt.cdf(t, degrees);
}

/** The value that a beta variable is at most with probability `p`. */
export function betaQuantile(p: number, a: number, b: number): number {
  return distributions().beta.inv(p, a, b);
}

/** The value that a chi-squared variable is at most with probability `p`. */
export function chiSquaredQuantile(p: number, degrees: number): number {
  return distributions().chisquare.inv(p, degrees);
}

/** The probability that an F variable is at most `f`. */
export function fCdf(f: number, above: number, below: number): number {
  return f <= 0 ? 0 : distributions().centralF.cdf(f, above, below);
}
