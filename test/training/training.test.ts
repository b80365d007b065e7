import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { type Notebook, sourceText } from "#lib/kernel/notebook.js";
import { runNotebook } from "#lib/kernel/run-notebook.js";
import { type ExerciseSource, exercise, type LockedExercise } from "#lib/verdict/exercise.js";

const folder = resolve(import.meta.dirname, "../../notebooks/training");
const { sources } = (await import(pathToFileURL(join(import.meta.dirname, "sources.mjs")).href)) as {
  sources: Record<string, () => Promise<ExerciseSource>>;
};
const locked: Record<string, LockedExercise> = JSON.parse(
  readFileSync(join(folder, "exercises.json"), "utf8"),
);
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".ipynb"));
const read = (name: string): Notebook => JSON.parse(readFileSync(join(folder, name), "utf8"));

test("there are at least six exercises and the last one's three questions", () => {
  const names = Object.keys(sources);
  expect(Object.keys(locked)).toEqual(names);
  expect(names.filter((name) => !name.startsWith("final")).length).toBeGreaterThanOrEqual(6);
  expect(names.filter((name) => name.startsWith("final"))).toHaveLength(3);
});

test("each stands in one notebook, unsolved: what is asked for, and a hint", () => {
  const cells = notebooks.flatMap((name) => read(name).cells);
  for (const name of Object.keys(sources)) {
    const made = cells.filter((cell) => sourceText(cell).includes(`exercises["${name}"]`));
    expect(made, name).toHaveLength(1);
    const check = /const (\w+) = tb\.exercise\(/.exec(sourceText(made[0]))?.[1];
    const asking = cells.filter((cell) => sourceText(cell).startsWith(`${check}();`));
    expect(asking, name).toHaveLength(1);
    const shown = JSON.stringify(asking[0].outputs);
    expect(shown, name).toContain("Asked for: ");
    expect(shown, name).toContain(JSON.stringify(locked[name].hints[0]).slice(1, -1));
  }
});

test("in the notebook, an answer between the brackets shows the reasoning, a wrong one the next hint", async () => {
  const notebook = read("2-memory.ipynb");
  const source = await sources["value-size"]();
  const at = notebook.cells.findIndex((cell) => sourceText(cell).startsWith("checkSize();"));
  const again = ["checkSize(7);", "checkSize(8);", `checkSize(${source.answer});`];
  const cells = again.map((text) => ({ ...notebook.cells[at], source: text }));
  const { notebook: solved } = await runNotebook(
    { ...notebook, cells: [...notebook.cells.slice(0, at), ...cells] },
    { cwd: folder },
  );
  const shown = solved.cells.slice(-3).map((cell) => {
    const [output] = cell.outputs ?? [];
    return output && "data" in output ? output.data["text/markdown"] : output;
  });
  expect(shown).toEqual([
    ...source.hints.map((hint) => `**Not yet.** ${hint}`),
    `**Right.** ${source.reasoning}`,
  ]);
});

describe.each(Object.keys(sources))("%s", (name) => {
  let source: ExerciseSource;
  beforeAll(async () => {
    source = await sources[name]();
  });

  test("can be solved from its captures", () => {
    const answers = typeof source.answer === "number" ? [source.answer] : source.answer;
    for (const answer of answers)
      expect(
        exercise(locked[name])(answer).text,
        "the captures or the source have changed: node test/training/lock.mjs",
      ).toBe(`**Right.** ${source.reasoning}`);
    expect(locked[name].hints).toEqual(source.hints);
  });

  test("cannot be read in the files it is in", () => {
    const text = [...notebooks, "exercises.json"]
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join();
    expect(text).not.toContain(JSON.stringify(source.reasoning).slice(1, 60));
    const [answer] = typeof source.answer === "number" ? [String(source.answer)] : source.answer;
    if (typeof source.answer !== "number" || answer.length > 4) expect(text).not.toContain(answer);
  });
});
