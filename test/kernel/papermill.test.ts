import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { installKernelSpec } from "#lib/kernel/kernel-spec.js";
import type { Notebook } from "#lib/kernel/notebook.js";

const venv = process.env.TRACEBOOK_VENV;
const translator = resolve(import.meta.dirname, "../../kernel-lib/papermill");

test.skipIf(!venv)(
  "papermill gives parameters to a notebook through the translator",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracebook-papermill-"));
    try {
      await installKernelSpec(folder);
      const code = (source: string, tags: string[] = []) => {
        return {
          cell_type: "code",
          id: `c${source.length}`,
          source,
          metadata: { tags },
          outputs: [],
          execution_count: null,
        };
      };
      const notebook = {
        nbformat: 4,
        nbformat_minor: 5,
        metadata: { kernelspec: { name: "tracebook", display_name: "Tracebook", language: "typescript" } },
        cells: [
          code("const factor: number = 2; const label = 'a'; let list: unknown", ["parameters"]),
          code("JSON.stringify([factor, label, list, String(big + 1n)])"),
        ],
      };
      writeFileSync(join(folder, "in.ipynb"), JSON.stringify(notebook));
      const script = `
import papermill, tracebook_papermill
parameters = {"factor": 7, "label": 'b\\'"\\n', "list": [1, True, {"a-b": None, "x": 0.5}], "big": 2**60}
papermill.execute_notebook("in.ipynb", "out.ipynb", parameters=parameters, progress_bar=False)`;
      const env = {
        ...process.env,
        PYTHONPATH: translator,
        PYTHONDONTWRITEBYTECODE: "1",
        JUPYTER_PATH: join(folder, "share", "jupyter"),
      };
      execFileSync(join(venv as string, "bin", "python"), ["-c", script], {
        cwd: folder,
        env,
        stdio: "pipe",
      });
      const done = JSON.parse(readFileSync(join(folder, "out.ipynb"), "utf8")) as Notebook;
      expect(
        done.cells.map(({ outputs }) => outputs?.find(({ output_type }) => output_type === "error")),
      ).toEqual([undefined, undefined, undefined]);
      const result = done.cells[2].outputs?.[0] as { data: Record<string, string | string[]> };
      expect([result.data["text/plain"]].flat().join("")).toContain(`"x":0.5}],"1152921504606846977"]`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  60_000,
);
