// Writes notebooks/training/exercises.json from sources.mjs. An exercise whose answer, hints and reasoning are what they
// were keeps its lock, so that nothing changes but what has changed.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { exercise, lockExercise } from "#lib/index.js";
import { sources } from "./sources.mjs";

const path = resolve(import.meta.dirname, "../../notebooks/training/exercises.json");

function kept() {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

const before = kept();
const locked = {};
for (const [name, make] of Object.entries(sources)) {
  const source = await make();
  const same = before[name] && isSame(before[name], source);
  locked[name] = same ? before[name] : lockExercise(source);
  console.log(`${name}: ${same ? "as it was" : "locked"}`);
}
writeFileSync(path, `${JSON.stringify(locked, null, 1)}\n`);

function isSame(one, { answer, unit, tolerance, hints, reasoning }) {
  const answers = typeof answer === "number" ? [answer] : answer;
  return (
    JSON.stringify([one.unit, one.tolerance, one.hints]) === JSON.stringify([unit, tolerance, hints]) &&
    answers.every((value) => exercise(one)(value).text === `**Right.** ${reasoning}`)
  );
}
