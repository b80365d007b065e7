#!/usr/bin/env node
import module from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// From Node 22 on, compiled code is kept, in a folder of this person alone: it decides what runs.
if (!process.env.NODE_DISABLE_COMPILE_CACHE) {
  module.enableCompileCache?.(
    join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "tracebook", "node"),
  );
}
const { main } = await import("../dist/bundle/main.js");
process.exitCode = await main(process.argv.slice(2));
