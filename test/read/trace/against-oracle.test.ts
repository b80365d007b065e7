import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { goOracle } from "../../support/go-oracle.js";
import { expectAsOracle, expectFiguresAsOracle } from "../../support/trace-against-oracle.js";

const root = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "against-oracle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

const largest = 1 << 20;
const shipped = (readdirSync(join(root, "datasets"), { recursive: true }) as string[])
  .filter((name) => /\.trace(\.gz)?$/.test(name))
  .map((name) => join("datasets", name))
  .concat("test/fixtures/go-trace-load/load.trace")
  .sort();

test("there are shipped captures", () => {
  expect(shipped.length).toBeGreaterThan(1);
});

test.skipIf("missing" in oracle).each(shipped)(
  `%s is read as x/exp/trace reads it${without}`,
  async (name) => {
    const stored = readFileSync(join(root, name));
    const bytes = name.endsWith(".gz") ? gunzipSync(stored) : stored;
    const file = join(folder, name.replaceAll("/", "-").replace(/\.gz$/, ""));
    writeFileSync(file, bytes);
    // Comparing millions of events line by line takes longer than it tells.
    await (bytes.length > largest ? expectFiguresAsOracle(file) : expectAsOracle(file));
  },
);
