import type { DeclarationKind } from "./compile-cell.js";

/** Stands for a name that was imported from a module that has none of that name. */
export class MissingExport {
  readonly message: string;

  constructor(name: string, specifier: string) {
    this.message = `The requested module '${specifier}' does not provide an export named '${name}'`;
  }
}

/**
 * The names that a session's cells share. Compiled cells run inside `with (scope.proxy)`: a name that some cell has
 * declared is found here, any other is JavaScript's own.
 */
export class Scope {
  readonly values: Map<string, unknown> = new Map();
  /** Names the running cell declares but has not reached yet; a name that an earlier cell gave a value keeps it until then. */
  private readonly pending = new Map<string, DeclarationKind>();
  private readonly constants = new Set<string>();
  // A type may have been imported like a value: a name that is missing is an error where it is used, not before.
  private readonly missing = new Map<string, MissingExport>();
  readonly proxy: object;

  constructor(builtins: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(builtins)) this.values.set(name, value);
    this.proxy = new Proxy(Object.create(null) as object, {
      has: (_target, name) =>
        typeof name === "string" &&
        (this.values.has(name) || this.pending.has(name) || this.missing.has(name)),
      get: (_target, name) => (typeof name === "string" ? this.read(name) : undefined),
      set: (_target, name, value) => {
        this.write(name as string, value);
        return true;
      },
      deleteProperty: (_target, name) => this.values.delete(name as string),
    });
  }

  private read(name: string): unknown {
    const value = this.values.get(name);
    if (value !== undefined || this.values.has(name)) return value;
    const missing = this.missing.get(name);
    if (missing) throw new SyntaxError(missing.message);
    const pending = this.pending.get(name);
    if (pending !== undefined && pending !== "var")
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    return undefined;
  }

  private write(name: string, value: unknown): void {
    const kind = this.pending.get(name);
    if (kind === undefined) {
      if (this.constants.has(name)) throw new TypeError("Assignment to constant variable.");
    } else {
      this.pending.delete(name);
      if (kind === "const") this.constants.add(name);
      else this.constants.delete(name);
      this.missing.delete(name);
    }
    if (value instanceof MissingExport) {
      this.values.delete(name);
      this.missing.set(name, value);
    } else this.values.set(name, value);
  }

  /** Announces the names a cell is about to declare. */
  begin(names: ReadonlyMap<string, DeclarationKind>): void {
    for (const [name, kind] of names) this.pending.set(name, kind);
  }

  /** Forgets the announced names that the cell never reached. */
  end(): void {
    this.pending.clear();
  }
}
