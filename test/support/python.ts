import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { full } from "../full.js";

const root = resolve(import.meta.dirname, "../..");

/** The Python environment that test/kernel/make-venv.sh makes; undefined where it is not, or not everything is to be tested. */
export const venv: string | undefined = full
  ? [process.env.TRACEBOOK_VENV, join(root, ".venv-test")].find(
      (dir) => dir && existsSync(join(dir, "bin/python")),
    )
  : undefined;
