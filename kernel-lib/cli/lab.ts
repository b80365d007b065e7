import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { installKernelSpec } from "../kernel/kernel-spec.js";
import type { Fail } from "./execute-notebook.js";
import { note } from "./output.js";

/** `tracebook lab`: JupyterLab in a local environment, with the kernel, on the notebooks here. */
export function labCommand(fail: Fail): Command {
  return new Command("lab")
    .description("open the notebooks in JupyterLab; makes a local .venv for it")
    .option("--venv <dir>", "the Python environment", ".venv")
    .addHelpText("after", "\nExample: tracebook lab --venv .venv")
    .action(async ({ venv }: { venv: string }) => {
      const folder = resolve(venv);
      const lab = join(folder, process.platform === "win32" ? "Scripts/jupyter-lab.exe" : "bin/jupyter-lab");
      if (!existsSync(lab) && !(await install(folder))) return fail();
      await installKernelSpec(folder);
      const notebooks = existsSync("notebooks") ? ["notebooks"] : [];
      const status = await run(lab, notebooks);
      if (status !== 0) fail();
      return undefined;
    });
}

async function install(folder: string): Promise<boolean> {
  const python = ["python3", "python"].find((name) => spawnSync(name, ["--version"]).status === 0);
  if (!python) {
    note(
      "tracebook: JupyterLab needs Python, and there is none; without it: VS Code's Jupyter extension after",
    );
    note(
      "  npx tracebook kernel install, or npm start and npx tracebook run NOTEBOOK, which need Node alone",
    );
    return false;
  }
  note(`making ${folder} with JupyterLab`);
  if ((await run(python, ["-m", "venv", folder])) !== 0) return false;
  const pip = join(folder, process.platform === "win32" ? "Scripts/pip.exe" : "bin/pip");
  return (await run(pip, ["install", "--quiet", "jupyterlab>=4,<5"])) === 0;
}

function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.once("error", () => done(1));
    child.once("exit", (code) => done(code ?? 1));
  });
}
