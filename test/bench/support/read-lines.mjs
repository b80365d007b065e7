// node read-lines.mjs FILE: reads a file's lines with Node's own readline and does no more; prints their number.
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

let lines = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2]) }))
  lines += Number(line.length >= 0);
console.log(lines);
