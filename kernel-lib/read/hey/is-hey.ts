import type { Head } from "../detector.js";

/** The first line of hey's CSV. */
export const header: string =
  "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset";

/** Tells hey's CSV by its first line. */
export function isHey({ text }: Head): boolean {
  return text.startsWith(`${header}\n`) || text.startsWith(`${header}\r\n`);
}
