import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { notebooksUnder } from "#lib/cli/notebooks-under.js";
import { installKernelSpec } from "#lib/kernel/kernel-spec.js";
import type { Notebook } from "#lib/kernel/notebook.js";
import { venv } from "../support/python.js";

const root = resolve(import.meta.dirname, "../..");
const paths = await notebooksUnder(join(root, "notebooks"));

interface Result {
  name: string;
  output_type: string;
  text: string | string[];
  data: Record<string, unknown>;
}

/** What a code cell shows, however its lines are split in the file. */
function shown(path: string): unknown[][] {
  const whole = (text: unknown): unknown => (Array.isArray(text) ? text.join("") : text);
  const notebook = JSON.parse(readFileSync(path, "utf8")) as Notebook;
  const code = notebook.cells.filter((cell) => cell.cell_type === "code");
  return code.map((cell) =>
    ((cell.outputs ?? []) as unknown as Result[]).map(({ output_type, name, text, data }) => ({
      output_type,
      ...(text !== undefined && { name, text: whole(text) }),
      ...(data && {
        data: Object.fromEntries(Object.entries(data).map(([type, value]) => [type, whole(value)])),
      }),
    })),
  );
}

describe.skipIf(!venv)(
  "every notebook over Jupyter's wire (skipped without the environment of test/kernel/make-venv.sh)",
  () => {
    const prefix = mkdtempSync(join(tmpdir(), "tracebook-jupyter-"));
    const out = mkdtempSync(join(tmpdir(), "tracebook-executed-"));

    beforeAll(async () => {
      await installKernelSpec(prefix);
      const script = join(import.meta.dirname, "execute_notebooks.py");
      const { stderr } = await promisify(execFile)(join(venv ?? "", "bin/python"), [script, out, ...paths], {
        env: { ...process.env, JUPYTER_PATH: join(prefix, "share/jupyter"), JUPYTER_PLATFORM_DIRS: "1" },
        maxBuffer: 1 << 28,
      });
      expect(stderr).not.toContain("Traceback");
    }, 300_000);

    test.each(paths.map((path) => relative(root, path)))("%s shows what it shows headless", (path) => {
      const executed = shown(join(out, basename(path)));
      expect(JSON.stringify(executed)).not.toContain('"output_type":"error"');
      expect(executed).toEqual(shown(join(root, path)));
    });
  },
);
