import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { installKernelSpec } from "#lib/kernel/kernel-spec.js";
import type { Notebook } from "#lib/kernel/notebook.js";
import type { ExerciseSource } from "#lib/verdict/exercise.js";
import { browserPath, launchBrowser } from "../support/browser.js";
import { venv } from "../support/python.js";

const root = resolve(import.meta.dirname, "../..");
/** Where screenshots go, for a person to look at. */
const shots = process.env.TRACEBOOK_SHOTS;

/** What JupyterLab shows of itself with `expose_app_in_browser`. */
interface Lab {
  jupyterapp: {
    commands: { execute(id: string): Promise<void> };
    shell: {
      currentWidget: {
        sessionContext: { ready: Promise<void>; session?: { kernel?: { name: string } } };
      };
    };
  };
}

/** A project folder as a reader has it: the notebooks and datasets, and the library where they look for it. */
function readersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tracebook-lab-"));
  mkdirSync(join(folder, "notebooks"));
  const chapter = JSON.parse(readFileSync(join(root, "notebooks/03.3-spikes.ipynb"), "utf8")) as Notebook;
  // What is on the page must come from this run.
  for (const cell of chapter.cells) if (cell.cell_type === "code") cell.outputs = [];
  writeFileSync(join(folder, "notebooks/chapter.ipynb"), JSON.stringify(chapter));
  for (const name of ["lib.ts", "claims.json"])
    cpSync(join(root, "notebooks", name), join(folder, "notebooks", name));
  cpSync(join(root, "notebooks/training"), join(folder, "notebooks/training"), { recursive: true });
  for (const name of ["spikes", "syncmap", "redis-scan"])
    cpSync(join(root, "datasets", name), join(folder, "datasets", name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

describe.skipIf(!venv || !browserPath)(
  "JupyterLab in Chromium (skipped without the environment of test/kernel/make-venv.sh, or a browser)",
  () => {
    let server: ChildProcess;
    let browser: Browser;
    let page: Page;
    let url: string;

    beforeAll(async () => {
      const folder = readersFolder();
      const home = mkdtempSync(join(tmpdir(), "tracebook-lab-home-"));
      await installKernelSpec(join(home, "prefix"));
      // All cells are on the page, not only those in sight.
      const settings = join(home, "settings/@jupyterlab/notebook-extension");
      mkdirSync(settings, { recursive: true });
      writeFileSync(join(settings, "tracker.jupyterlab-settings"), '{"windowingMode": "none"}');
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      const options = [
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
        "--ServerApp.ip=127.0.0.1",
        `--ServerApp.port=${port}`,
        `--ServerApp.root_dir=${folder}`,
      ];
      server = spawn(join(venv ?? "", "bin/jupyter-lab"), options, {
        stdio: "ignore",
        env: {
          ...process.env,
          HOME: home,
          JUPYTER_PATH: join(home, "prefix/share/jupyter"),
          JUPYTERLAB_SETTINGS_DIR: join(home, "settings"),
        },
      });
      await vi.waitUntil(() => answers(`${url}/api/status`), { timeout: 60_000, interval: 250 });
      browser = await launchBrowser();
      page = await browser.newPage({ viewport: { width: 1300, height: 1000 } });
      await open("chapter.ipynb");
    }, 120_000);

    afterAll(async () => {
      await browser?.close();
      server?.kill();
    });

    /** Shows a notebook, and waits for its kernel. */
    async function open(name: string): Promise<void> {
      await page.goto(`${url}/lab/tree/notebooks/${name}?reset`);
      await page.waitForSelector(".jp-Notebook .jp-Cell", { timeout: 60_000 });
      expect(await kernelName()).toBe("tracebook");
    }

    /** Runs all cells, and waits for the last. */
    async function runAll(): Promise<void> {
      await command("notebook:run-all-cells");
      const prompts = page.locator(".jp-CodeCell .jp-InputPrompt");
      const waiting = async (): Promise<number> =>
        (await prompts.allInnerTexts()).filter((prompt) => !/\[\d+\]/.test(prompt)).length;
      await expect.poll(waiting, { timeout: 90_000, interval: 250 }).toBe(0);
      await status("idle");
    }

    /** How many outputs are errors: JupyterLab shows a traceback as it shows what is written to stderr. */
    function errors(): Promise<number> {
      return page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]').count();
    }

    /** A new cell that is being edited, with this in it. */
    async function typeIntoNewCell(source: string): Promise<void> {
      await command("notebook:insert-cell-below");
      await command("notebook:enter-edit-mode");
      await page.keyboard.type(source);
    }

    /** The kernel that the notebook has, once it has one. */
    function kernelName(): Promise<string | undefined> {
      return page.evaluate(async () => {
        const { sessionContext } = (globalThis as unknown as Lab).jupyterapp.shell.currentWidget;
        await sessionContext.ready;
        return sessionContext.session?.kernel?.name;
      });
    }

    /** Runs a command of JupyterLab's; some end only when the cells they run do, so none is waited for. */
    async function command(id: string): Promise<void> {
      await page.evaluate((name) => {
        void (globalThis as unknown as Lab).jupyterapp.commands.execute(name);
      }, id);
      await page.waitForTimeout(300);
    }

    /** Waits until the kernel says that it is at work, or has nothing to do. */
    async function status(status: "busy" | "idle"): Promise<void> {
      await page.waitForSelector(`.jp-Notebook-ExecutionIndicator[data-status="${status}"]`, {
        timeout: 60_000,
      });
    }

    async function shoot(name: string): Promise<void> {
      if (shots) await page.screenshot({ path: join(shots, `lab-${name}.png`) });
    }

    /** What the cell that is active shows. */
    function output(): Promise<string> {
      return page.locator(".jp-Notebook .jp-Cell.jp-mod-active .jp-Cell-outputArea").innerText();
    }

    test("a chapter runs whole, its charts are drawn", async () => {
      await runAll();
      await shoot("chapter");
      expect(await errors()).toBe(0);
      expect(await page.locator(".vega-embed").count()).toBeGreaterThanOrEqual(5);
    });

    test("a mark under the pointer says what it is", async () => {
      const chart = page.locator(".vega-embed").first();
      await chart.scrollIntoViewIfNeeded();
      const box = await chart.boundingBox();
      if (!box) throw new Error("the chart is not on the page");
      const tooltip = page.locator("#vg-tooltip-element.visible");
      for (let x = 0.15; x < 0.9 && (await tooltip.count()) === 0; x += 0.01) {
        await page.mouse.move(box.x + box.width * x, box.y + box.height * 0.7);
      }
      expect(await tooltip.innerText()).toMatch(/\d/);
      await shoot("tooltip");
    });

    test("a column's name is completed in a verb", async () => {
      await typeIntoNewCell("newest.operations.filter((d) => d.du");
      await command("completer:invoke-notebook");
      await page.waitForSelector(".jp-Completer-item", { timeout: 10_000 });
      expect(await page.locator(".jp-Completer").innerText()).toContain("dur_ns");
      await shoot("completion");
      await page.keyboard.press("Escape");
    });

    test("an interrupt ends a busy loop, and the session lives on", async () => {
      await typeIntoNewCell("const kept = 41; for (;;);");
      await command("notebook:run-cell");
      await status("busy");
      await command("notebook:interrupt-kernel");
      await status("idle");
      await expect.poll(output, { timeout: 5_000 }).toMatch(/interrupt/i);
      await typeIntoNewCell("kept + 1");
      await command("notebook:run-cell");
      await expect.poll(output, { timeout: 10_000 }).toContain("42");
    });

    test("an error shows its name, its message and the line", async () => {
      await typeIntoNewCell("const digits = 101;\n(1).toFixed(digits);");
      await command("notebook:run-cell");
      await expect.poll(output, { timeout: 10_000 }).toMatch(/RangeError/);
      expect(await output()).toContain("(1).toFixed(digits)");
      expect(await errors()).toBeGreaterThan(0);
      await shoot("error");
    });

    test("an exercise answers a wrong number with a hint, the right one with its reasoning", async () => {
      const file = pathToFileURL(join(root, "test/training/sources.mjs")).href;
      const { sources } = (await import(file)) as { sources: Record<string, () => Promise<ExerciseSource>> };
      const { answer, hints, reasoning } = await sources["redis-others"]();
      await open("training/1-redis.ipynb");
      await runAll();
      expect(await errors()).toBe(0);
      // The page shows Markdown without its marks.
      const words = (text: string): string => text.replace(/`/g, "").slice(0, 60);
      await typeIntoNewCell("checkOthers(0.0052);");
      await command("notebook:run-cell");
      await expect.poll(output, { timeout: 10_000 }).toContain(`Not yet. ${words(hints[0])}`);
      await typeIntoNewCell(`checkOthers(${answer});`);
      await command("notebook:run-cell");
      await expect.poll(output, { timeout: 10_000 }).toContain(`Right. ${words(reasoning)}`);
      await shoot("exercise");
    });
  },
);
