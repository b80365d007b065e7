import { createRequire } from "node:module";
import ts from "../typescript.cjs";
import { compiledFile, fileVersion, transpileFile } from "./user-files.js";

type Compiled = NodeJS.Module & { _compile: (code: string, path: string) => void };

/** `require` for a folder, which also takes .ts and .tsx files, read anew when they have changed. */
export function requireTypescript(folder: string): NodeJS.Require {
  const plain = createRequire(`${folder}/notebook.cjs`);
  const versions = new Map<string, string>();
  const compile = (module: NodeJS.Module, path: string) =>
    (module as Compiled)._compile(transpileFile(path, ts.ModuleKind.CommonJS).code, path);
  // Node calls the way of loading files by their endings deprecated, and keeps it.
  for (const ending of [".ts", ".tsx", ".cts", ".jsx"]) plain.extensions[ending] = compile;
  const required = (id: string): unknown => {
    const path = /^(?:\.{1,2}\/|\/)/.test(id) ? plain.resolve(id) : undefined;
    if (path !== undefined && compiledFile.test(path)) {
      const version = fileVersion(path);
      if (versions.get(path) !== version) delete plain.cache[path];
      versions.set(path, version);
    }
    return plain(id);
  };
  return Object.assign(required, plain);
}
