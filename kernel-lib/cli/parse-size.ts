import { UsageError } from "./usage-error.js";

const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** `10GiB`, `500MB` as bytes; a number without a unit is refused. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(B|kB|MB|GB|KiB|MiB|GiB)$/.exec(text);
  if (!match) throw new UsageError(`${JSON.stringify(text)} is not a size; write 500MB or 10GiB`);
  return Math.floor(Number(match[1]) * units[match[2]]);
}
