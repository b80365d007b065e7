import type { Head } from "../detector.js";

/** Tells a callgrind file, which may also come from another tool that writes its format. */
export function isCallgrind({ text }: Head): boolean {
  const start = text.slice(0, 65536);
  if (/^# callgrind format\r?$/m.test(start)) return true;
  return /^events: *\S/m.test(start) && /^(?:positions|version|creator):/m.test(start) && /^fn=/m.test(start);
}

/** Tells a cachegrind file. */
export function isCachegrind({ text }: Head): boolean {
  return /^(?:desc:.*\r?\n)*cmd: ?.*\r?\nevents: *\S.*\r?\n(?:#.*\r?\n|\r?\n)*fl=/.test(text.slice(0, 65536));
}
