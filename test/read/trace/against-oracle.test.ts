import { join, resolve } from "node:path";
import { test } from "vitest";
import { goOracle } from "../../support/go-oracle.js";
import { expectAsOracle } from "../../support/trace-against-oracle.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures");
const oracle = goOracle();
const without = "missing" in oracle ? `: ${oracle.missing}` : "";

test.skipIf("missing" in oracle)(`a shipped capture is read as x/exp/trace reads it${without}`, async () => {
  await expectAsOracle(join(fixtures, "go-trace-load/load.trace"));
});
