import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { buildGo, cache } from "./go-programs.mjs";
import { runProcess } from "./measure.mjs";

/** A request of the load takes some 22 events, more when the machine is busy. */
const requestsPerMillion = 47_000;

/** The trace of so many million events, made once. */
export async function loadTrace(millions) {
  const file = join(cache, `load-${millions}M.trace`);
  if (existsSync(file)) return file;
  const program = buildGo(join(import.meta.dirname, "../load"));
  await runProcess(program, ["-requests", String(millions * requestsPerMillion), "-out", `${file}.new`]);
  renameSync(`${file}.new`, file);
  return file;
}
