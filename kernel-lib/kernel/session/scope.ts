import vm from "node:vm";
import { boxFields, type DeclarationKind } from "./session-names.js";

const valueField = boxFields.value;
const typeField = boxFields.type;
const constantField = boxFields.constant;

/** Stands for a name that was imported from a module that has none of that name. */
export class MissingExport {
  readonly message: string;

  constructor(name: string, specifier: string) {
    this.message = `The requested module '${specifier}' does not provide an export named '${name}'`;
  }
}

/** Holds the value of a name of the session in the field that compiled cells read and write. */
export type Box = Record<string, unknown>;

interface Access {
  get: () => unknown;
  set: (value: unknown) => void;
  type: () => unknown;
}

// What every box has beside its value; `this` is the box.
const common: object = Object.defineProperties(Object.create(null) as object, {
  [typeField]: {
    get(this: Box) {
      return this[valueField];
    },
  },
  [constantField]: {
    get(this: Box) {
      return this[valueField];
    },
    set() {
      throw new TypeError("Assignment to constant variable.");
    },
  },
});

/**
 * The names that a session's cells share: a box for each. A name with a value has it in its box's own field; without one,
 * the box's prototype answers: with JavaScript's own global of that name, or by throwing what JavaScript throws. Each box
 * has a prototype of its own, so that V8 knows each one's value by its own kind.
 */
export class Scope {
  private readonly boxes = new Map<string, Box>();
  private readonly globals = new Map<string, Access>();
  /** Names the running cell declares; one that an earlier cell gave a value keeps it until it is given the new one. */
  private pending: ReadonlyMap<string, DeclarationKind> = new Map();

  constructor(builtins: Readonly<Record<string, unknown>>) {
    for (const [name, value] of Object.entries(builtins)) setValue(this.box(name), value);
  }

  /** The names that have a value, with their values. */
  get values(): ReadonlyMap<string, unknown> {
    const found = new Map<string, unknown>();
    for (const [name, box] of this.boxes) if (hasValue(box)) found.set(name, box[valueField]);
    return found;
  }

  /** The boxes of some names, in their order; those that are not declared mean JavaScript's own of that name. */
  boxesOf(names: Iterable<string>): Box[] {
    const wanted = [...names];
    const free = wanted.filter((name) => !this.boxes.has(name));
    this.learnGlobals(free);
    for (const name of free) this.answerAsGlobal(name, this.box(name));
    return wanted.map((name) => this.box(name));
  }

  private box(name: string): Box {
    const known = this.boxes.get(name);
    if (known) return known;
    const box = Object.create(Object.create(common)) as Box;
    this.boxes.set(name, box);
    return box;
  }

  // In one script for all the names: a global is read at its own speed only by code that names it.
  private learnGlobals(names: readonly string[]): void {
    if (names.length === 0) return;
    const accesses = names.map(
      (name) =>
        `{ get: () => ${name}, set: (value) => { ${name} = value; }, type: () => typeof ${name} === "undefined" ? undefined : ${name} }`,
    );
    const script = new vm.Script(`"use strict"; [${accesses.join(",")}]`, { filename: globalsFile });
    const made = script.runInThisContext() as Access[];
    for (const [index, name] of names.entries()) this.globals.set(name, made[index]);
  }

  private answerAsGlobal(name: string, box: Box): void {
    if (!this.globals.has(name)) this.learnGlobals([name]);
    const { get, set, type } = this.globals.get(name) as Access;
    answer(box, { get, set, type });
  }

  private answerBeforeValue(name: string, box: Box): void {
    const get = () => {
      throw new ReferenceError(`Cannot access '${name}' before initialization`);
    };
    answer(box, { get, set: (value) => setValue(box, value), type: get });
  }

  /** Gives an imported name its value. A type may have been imported like one: that it is missing shows where it is used. */
  give(box: Box, value: unknown): void {
    if (!(value instanceof MissingExport)) {
      setValue(box, value);
      return;
    }
    const get = () => {
      throw new SyntaxError(value.message);
    };
    missing.add(box);
    Reflect.deleteProperty(box, valueField);
    answer(box, { get, set: (later) => setValue(box, later), type: get });
  }

  /** Announces the names a cell is about to declare. */
  begin(names: ReadonlyMap<string, DeclarationKind>): void {
    this.pending = names;
    for (const [name, kind] of names) {
      const box = this.box(name);
      if (hasValue(box)) Object.defineProperty(box, valueField, { writable: true });
      else if (kind === "var") setValue(box, undefined);
      else this.answerBeforeValue(name, box);
    }
  }

  /** What was announced is declared, and constants are constant; names that the cell never reached are not there. */
  end(): void {
    for (const [name, kind] of this.pending) {
      const box = this.box(name);
      if (hasValue(box)) {
        if (kind === "const") Object.defineProperty(box, valueField, { writable: false });
      } else if (!missing.has(box)) this.answerAsGlobal(name, box);
    }
    this.pending = new Map();
  }
}

/** The file name of the code that reads globals, as stack frames have it. */
export const globalsFile = "tracebook:globals";

function hasValue(box: Box): boolean {
  return Object.hasOwn(box, valueField);
}

/** Boxes of names that were imported from where they are not. */
const missing = new WeakSet<Box>();

function setValue(box: Box, value: unknown): void {
  Object.defineProperty(box, valueField, { value, writable: true, enumerable: true, configurable: true });
}

function answer(box: Box, { get, set, type }: Access): void {
  const prototype = Object.getPrototypeOf(box) as object;
  Object.defineProperty(prototype, valueField, { get, set, configurable: true });
  Object.defineProperty(prototype, typeField, {
    get(this: Box) {
      return hasValue(this) ? this[valueField] : type();
    },
    configurable: true,
  });
}
