// The package's own types are those of its entry, which loads its WebAssembly in a way that Node does not have.
declare module "gecko-profiler-demangle/index_bg.js" {
  export function __wbg_set_wasm(exports: unknown): void;
  export function demangle_any(name: string): string;
}

// Node has it; its types stand in those of browsers only.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, unknown>);
    readonly exports: unknown;
  }
  class RuntimeError extends Error {}
}
