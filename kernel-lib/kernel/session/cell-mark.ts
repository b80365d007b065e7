class Marked {
  constructor(promise: object) {
    // biome-ignore lint/correctness/noConstructorReturn: so that the field is put on the promise, see below
    return promise;
  }
}

/**
 * A number that a promise carries, seen by nobody else: a private field put on an object that exists already. A WeakMap
 * would do, at several times the price of the promise itself.
 */
export class CellMark extends Marked {
  readonly #cell: number;

  private constructor(promise: object, cell: number) {
    super(promise);
    this.#cell = cell;
  }

  static put(promise: object, cell: number): void {
    new CellMark(promise, cell);
  }

  /** The number put on a promise, undefined when there is none. */
  static of(promise: object): number | undefined {
    return #cell in promise ? promise.#cell : undefined;
  }
}
