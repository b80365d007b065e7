import type { Head } from "../detector.js";

/** How a file of a little-endian machine begins. */
export const magicLittle = "PERFILE2";
const magicBig = "2ELIFREP";

/** Tells perf.data by its magic number. */
export function isPerfData({ bytes }: Pick<Head, "bytes">): boolean {
  const magic = Buffer.from(bytes.subarray(0, 8)).toString("latin1");
  return magic === magicLittle || magic === magicBig;
}
