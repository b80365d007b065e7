/** A unit in base units, and what to multiply its values by. */
export interface TidyUnit {
  readonly unit: string;
  readonly factor: number;
}

/**
 * A benchmark unit in base units, as golang.org/x/perf/benchunit has it: `ns` in the numerator becomes `sec`, `MB`
 * becomes `B`; anything else stays.
 *
 * @example
 * tidyUnit("ns/op") // { unit: "sec/op", factor: 1e-9 }
 */
export function tidyUnit(unit: string): TidyUnit {
  // The usual ones first: dividing 1 by 1e9 is not 1e-9 to the last bit.
  if (unit === "ns/op") return { unit: "sec/op", factor: 1e-9 };
  if (unit === "MB/s") return { unit: "B/s", factor: 1e6 };
  let factor = 1;
  let denominator = false;
  const tidied = unit.split(/([*/\-\s])/u).map((token) => {
    if (token === "*") denominator = false;
    else if (token === "/") denominator = true;
    else if (!denominator && token === "ns") {
      factor /= 1e9;
      return "sec";
    } else if (!denominator && token === "MB") {
      factor *= 1e6;
      return "B";
    }
    return token;
  });
  return { unit: tidied.join(""), factor };
}

/** Whether a unit's prefixes are powers of 1024: when it measures bytes. */
export function isBinaryUnit(unit: string): boolean {
  let denominator = false;
  for (const token of unit.split(/([*/\-\s])/u)) {
    if (token === "*") denominator = false;
    else if (token === "/") denominator = true;
    else if (!denominator && (token === "B" || token === "MB" || token === "bytes")) return true;
  }
  return false;
}
