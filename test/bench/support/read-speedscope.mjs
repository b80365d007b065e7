// node read-speedscope.mjs FILE: reads a profile with speedscope's importers, without its page. Its npm package is one
// script for the browser, which is run here up to the place where the importers are loaded, in a context with the few
// things of a browser that it touches on the way.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import vm from "node:vm";

const loaderPattern =
  /async function \w+\((\w+),(\w+)\)\{return\(await (\w+)\)\.importProfilesFromArrayBuffer\(\1,\2\)\}/;

const release = join(
  dirname(createRequire(import.meta.url).resolve("speedscope/package.json")),
  "dist/release",
);
const script = readdirSync(release).find((name) => /^speedscope-.*\.js$/.test(name));
const source = readFileSync(join(release, script), "utf8");
const loader = loaderPattern.exec(source);
if (!loader) throw new Error(`${script}: the importers are not where they were`);
const stop = "the importers are loaded";
const hook = `globalThis.importers=${loader[3]};throw new Error(${JSON.stringify(stop)});`;
const context = vm.createContext(browserLike());
try {
  vm.runInContext(source.slice(0, loader.index) + hook + source.slice(loader.index), context);
} catch (error) {
  // The script is half a megabyte in one line; the error's own text would quote it.
  if (error.message !== stop) throw new Error(`${script}: ${error.message}`);
}
const file = process.argv[2];
const bytes = readFileSync(file);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const group = await (await context.importers)
  .importProfilesFromArrayBuffer(basename(file), buffer)
  .catch((error) => {
    throw new Error(`speedscope: ${error.message}`);
  });
if (!group) throw new Error("speedscope does not know the file");
console.log(group.profiles.length);

function browserLike() {
  const nothing = () => {};
  const element = () => ({ style: {}, getContext: () => null, setAttribute: nothing, appendChild: nothing });
  const page = {
    setTimeout,
    clearTimeout,
    performance,
    TextDecoder,
    TextEncoder,
    URL,
    Blob,
    Response,
    DecompressionStream,
    queueMicrotask,
    atob,
    btoa,
    // It tells which importer it uses, for each file.
    console: { ...console, log: nothing },
    navigator: { userAgent: "", platform: "" },
    location: { href: "file:///", hash: "", protocol: "file:" },
    localStorage: { getItem: () => null, setItem: nothing },
    matchMedia: () => ({ matches: false, addEventListener: nothing, addListener: nothing }),
    addEventListener: nothing,
    requestAnimationFrame: nothing,
    document: {
      createElement: element,
      createTextNode: element,
      documentElement: element(),
      head: element(),
      body: element(),
      currentScript: { src: "file:///speedscope.js" },
      querySelectorAll: () => [],
      addEventListener: nothing,
      baseURI: "file:///",
    },
  };
  return Object.assign(page, { window: page, self: page });
}
