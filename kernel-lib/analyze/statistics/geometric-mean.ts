/** The geometric mean; NaN when there are no values or one is not above 0. */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0 || values.some((value) => !(value > 0))) return Number.NaN;
  let mean = 0;
  values.forEach((value, index) => {
    mean += (Math.log(value) - mean) / (index + 1);
  });
  return Math.exp(mean);
}
