import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { installKernelSpec, kernelSpecFolder, uninstallKernelSpec } from "#lib/kernel/kernel-spec.js";
import { venv } from "../support/python.js";

const root = resolve(import.meta.dirname, "../..");
const chapter = join(root, "notebooks/03.3-spikes.ipynb");

interface Executed {
  cells: { cell_type: string; outputs?: { output_type: string; data?: Record<string, unknown> }[] }[];
}

describe.skipIf(!venv)(
  "Jupyter's own tools (skipped without the environment of test/kernel/make-venv.sh)",
  () => {
    const prefix = mkdtempSync(join(tmpdir(), "tracebook-jupyter-"));
    const out = mkdtempSync(join(tmpdir(), "tracebook-executed-"));
    const env = { ...process.env, JUPYTER_PATH: join(prefix, "share/jupyter"), JUPYTER_PLATFORM_DIRS: "1" };

    const python = (...args: string[]) =>
      spawnSync(join(venv ?? "", "bin/python"), args, {
        encoding: "utf8",
        env,
        cwd: root,
        maxBuffer: 1 << 28,
      });

    beforeAll(() => installKernelSpec(prefix));

    test("jupyter_kernel_test passes whole", () => {
      const { status, stderr } = python(join(import.meta.dirname, "kernel_suite.py"), "-v");
      expect(stderr).toMatch(/\nOK/);
      expect(status).toBe(0);
      expect(stderr).not.toContain("skipped");
    });

    test("nbconvert executes a chapter and shows every chart", () => {
      const args = [
        "-m",
        "nbconvert",
        "--execute",
        "--to",
        "notebook",
        "--output-dir",
        out,
        "--output",
        "nb",
        chapter,
      ];
      const executing = python(...args);
      expect(executing.stderr).not.toContain("Traceback");
      expect(executing.status).toBe(0);
      const notebook = JSON.parse(readFileSync(join(out, "nb.ipynb"), "utf8")) as Executed;
      const outputs = notebook.cells.flatMap((cell) => cell.outputs ?? []);
      expect(outputs.filter(({ output_type }) => output_type === "error")).toEqual([]);
      const charts = outputs.filter(({ data }) => data?.["application/vnd.vegalite.v5+json"] !== undefined);
      expect(charts.length).toBeGreaterThanOrEqual(4);
      expect(
        python("-m", "nbconvert", "--to", "html", "--output-dir", out, join(out, "nb.ipynb")).status,
      ).toBe(0);
      const html = readFileSync(join(out, "nb.html"), "utf8");
      const drawings = html.match(/<svg[^>]*class="marks"|data:image\/svg\+xml/g) ?? [];
      expect(drawings.length).toBeGreaterThanOrEqual(charts.length);
    });

    test("nbclient executes a chapter in the notebooks' folder", () => {
      const program = [
        "import nbclient, nbformat, sys",
        "notebook = nbformat.read(sys.argv[1], 4)",
        "nbclient.NotebookClient(notebook, resources={'metadata': {'path': sys.argv[2]}}).execute()",
        "nbformat.validate(notebook)",
        "print(sum(len(cell.get('outputs', [])) for cell in notebook.cells))",
      ];
      const { status, stdout, stderr } = python("-c", program.join("\n"), chapter, join(root, "notebooks"));
      expect(stderr).not.toContain("Traceback");
      expect(status).toBe(0);
      expect(Number(stdout)).toBeGreaterThanOrEqual(10);
    });

    test("papermill executes a chapter", () => {
      const { status, stderr } = python(
        "-m",
        "papermill",
        "--no-progress-bar",
        "--cwd",
        join(root, "notebooks"),
        chapter,
        join(out, "pm.ipynb"),
      );
      expect(stderr).not.toContain("PapermillExecutionError");
      expect(status).toBe(0);
    });
  },
);

describe("the kernelspec", () => {
  test("is installed under a prefix, again, and taken away", async () => {
    const prefix = mkdtempSync(join(tmpdir(), "tracebook-spec-"));
    const folder = await installKernelSpec(prefix);
    expect(folder).toBe(kernelSpecFolder(prefix));
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8"));
    expect(spec.argv.slice(-3)).toEqual(["kernel", "start", "{connection_file}"]);
    expect(existsSync(spec.argv[0])).toBe(true);
    expect(await installKernelSpec(prefix)).toBe(folder);
    expect(await uninstallKernelSpec(prefix)).toBe(true);
    expect(await uninstallKernelSpec(prefix)).toBe(false);
  });

  test("another kernel's is left alone", async () => {
    const { mkdir, writeFile } = await import("node:fs/promises");
    const prefix = mkdtempSync(join(tmpdir(), "tracebook-spec-"));
    await mkdir(kernelSpecFolder(prefix), { recursive: true });
    await writeFile(join(kernelSpecFolder(prefix), "kernel.json"), '{"argv": ["other"]}');
    await expect(installKernelSpec(prefix)).rejects.toThrow("is another kernel's; move it away first");
    await expect(uninstallKernelSpec(prefix)).rejects.toThrow("is another kernel's");
  });
});
