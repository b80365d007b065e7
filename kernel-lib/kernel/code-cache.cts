// V8 keeps what it made of a large script in a file of the person's own cache folder, so that later sessions need not
// compile it again. What does not fit (another Node, another script, a folder that cannot be written) is compiled anew.

import fs = require("node:fs");
import modules = require("node:module");
import os = require("node:os");
import path = require("node:path");
import vm = require("node:vm");

const head = "(function (exports, require, module, __filename, __dirname) { ";

/** Scripts whose compiled code is not in the cache yet. */
const unsaved = new Map<string, vm.Script>();

/** Loads a CommonJS module as `require` would, from its compiled code where that is there. */
function loadWithCodeCache(filename: string): void {
  if (require.cache[filename] || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  const file = cacheFile(filename);
  const cachedData = readIfThere(file);
  const script = new vm.Script(`${head}${fs.readFileSync(filename, "utf8")}\n})`, { filename, cachedData });
  if (cachedData === undefined || script.cachedDataRejected) unsaved.set(file, script);
  const loaded = new modules.Module(filename);
  loaded.filename = filename;
  const run = script.runInThisContext() as (...parts: unknown[]) => void;
  run(loaded.exports, modules.createRequire(filename), loaded, filename, path.dirname(filename));
  loaded.loaded = true;
  require.cache[filename] = loaded;
}

/** Writes what was compiled in this process, with the functions it has used by now; once. */
function saveCodeCache(): void {
  for (const [file, script] of unsaved) {
    unsaved.delete(file);
    try {
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      const written = `${file}.${process.pid}`;
      fs.writeFileSync(written, script.createCachedData(), { mode: 0o600 });
      fs.renameSync(written, file);
    } catch {
      // Without a place to keep it, the next session compiles again.
    }
  }
}

// Of this person alone: whoever can write there decides what code runs.
function cacheFile(filename: string): string {
  const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  const { size, mtimeMs } = fs.statSync(filename);
  const key = [path.basename(filename, ".js"), size, Math.floor(mtimeMs), process.version, process.arch].join("-");
  return path.join(home, "tracebook", `${key}.v8`);
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}

const codeCache: { loadWithCodeCache: (filename: string) => void; saveCodeCache: () => void } = {
  loadWithCodeCache,
  saveCodeCache,
};

export = codeCache;
