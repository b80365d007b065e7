import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runNotebook } from "#lib/kernel/run-notebook.js";

const home = mkdtempSync(join(tmpdir(), "tracebook-cache-"));
const before = process.env.XDG_CACHE_HOME;
beforeAll(() => {
  process.env.XDG_CACHE_HOME = home;
});
afterAll(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(home, { recursive: true, force: true });
});

/** Runs a cell in a session of its own. */
async function session(): Promise<unknown> {
  const cells = [{ cell_type: "code" as const, source: "const n: number = 20; n + 1", metadata: {} }];
  const { notebook } = await runNotebook({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
  const [output] = notebook.cells[0].outputs ?? [];
  return output?.output_type === "execute_result" && output.data["text/plain"];
}

function kept(): string[] {
  return readdirSync(join(home, "tracebook")).map((name) => join(home, "tracebook", name));
}

describe("the compiler's compiled code", () => {
  test("is kept by the first session, for its owner alone, and used by the next", async () => {
    expect(await session()).toBe("21");
    const files = kept();
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(new RegExp(`typescript-.*-${process.version}-${process.arch}\\.v8$`));
    if (process.platform !== "win32") expect(statSync(files[0]).mode & 0o077).toBe(0);
    const { mtimeMs } = statSync(files[0]);
    expect(await session()).toBe("21");
    expect(kept()).toEqual(files);
    // Whoever rejects it writes it anew.
    expect(statSync(files[0]).mtimeMs).toBe(mtimeMs);
  });

  test("is made anew where it is damaged", async () => {
    const [file] = kept();
    const whole = statSync(file).size;
    truncateSync(file, 1000);
    expect(await session()).toBe("21");
    expect(statSync(file).size).toBeGreaterThan(whole / 2);
  });

  test("is done without where it cannot be kept", async () => {
    rmSync(join(home, "tracebook"), { recursive: true });
    writeFileSync(join(home, "tracebook"), "a file where the folder would be");
    expect(await session()).toBe("21");
    expect(readFileSync(join(home, "tracebook"), "utf8")).toBe("a file where the folder would be");
  });
});
