import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { full } from "../full.js";

const folder = join(import.meta.dirname, "../../datasets/capture/recorder");
const hasGo = spawnSync("go", ["version"], { cwd: folder }).status === 0;

test.skipIf(!full || !hasGo)("the recorder's own tests pass, twenty stalls among them", () => {
  const { status, stdout, stderr } = spawnSync("go", ["test", "./..."], { cwd: folder, encoding: "utf8" });
  expect(`${stdout}${stderr}`).toContain("ok");
  expect(status).toBe(0);
});
