/**
 * The names that a session's cells share. Compiled cells run inside `with (scope.proxy)`: a name that some cell has
 * declared is found here, any other is JavaScript's own.
 */
export class Scope {
  readonly values: Map<string, unknown> = new Map();
  /** Names the running cell declares but has not reached yet. */
  private pending = new Set<string>();
  readonly proxy: object;

  constructor(builtins: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(builtins)) this.values.set(name, value);
    this.proxy = new Proxy(Object.create(null) as object, {
      has: (_target, name) => typeof name === "string" && (this.values.has(name) || this.pending.has(name)),
      get: (_target, name) => (typeof name === "string" ? this.values.get(name) : undefined),
      set: (_target, name, value) => {
        this.pending.delete(name as string);
        this.values.set(name as string, value);
        return true;
      },
      deleteProperty: (_target, name) => this.values.delete(name as string),
    });
  }

  /** Announces the names a cell is about to declare; a name that an earlier cell gave a value keeps it until then. */
  begin(names: readonly string[]): void {
    for (const name of names) if (!this.values.has(name)) this.pending.add(name);
  }

  /** Forgets the announced names that the cell never reached. */
  end(): void {
    this.pending.clear();
  }
}
