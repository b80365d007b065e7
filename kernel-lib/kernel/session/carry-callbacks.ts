import crypto from "node:crypto";
import dns from "node:dns";
import { EventEmitter } from "node:events";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";

// biome-ignore lint/suspicious/noExplicitAny: functions of any signature are wrapped
type Callable = (...args: any[]) => any;
type Functions = Record<string, Callable>;

/** Makes a function that runs as what the cell at hand does. */
export type Carry = <F extends Callable>(callback: F) => F;

const timers = ["setTimeout", "setInterval", "setImmediate"] as const;

/**
 * Makes what takes a callback for later hand it over carried: timers, microtasks, listeners of events, and Node's
 * functions whose last argument is a callback.
 */
export function carryCallbacks(carry: Carry): void {
  carryTimers(carry);
  replace(
    globalThis as unknown as Functions,
    "queueMicrotask",
    (plain) => (callback) => plain(carry(callback)),
  );
  replace(process as unknown as Functions, "nextTick", firstCarried(carry));
  carryListeners(carry);
  for (const module of [fs, zlib, dns, crypto] as unknown as Functions[]) carryLastArguments(module, carry);
  syncBuiltinESMExports();
}

function replace(owner: Functions, name: string, make: (plain: Callable) => Callable): void {
  const plain = owner[name];
  // promisify() and other properties of the function stay what they are.
  owner[name] = Object.defineProperties(make(plain), Object.getOwnPropertyDescriptors(plain));
}

function firstCarried(carry: Carry): (plain: Callable) => Callable {
  return (plain) =>
    (callback, ...rest) =>
      plain(typeof callback === "function" ? carry(callback) : callback, ...rest);
}

function carryTimers(carry: Carry): void {
  const later = queueMicrotask;
  for (const name of timers) {
    replace(globalThis as unknown as Functions, name, (plain) => (callback, ...rest) => {
      if (typeof callback !== "function") return plain(callback, ...rest);
      const carried = carry(callback);
      // As a microtask, because a busy loop in the timer's own call could not be ended without ending the process.
      return plain(
        function (this: unknown, ...args: unknown[]) {
          later(() => carried.apply(this, args));
        },
        ...rest,
      );
    });
  }
}

// A listener is known by the function that was given, when it is to be removed: `listener` says which that was, as it does
// for Node's own `once`.
function carryListeners(carry: Carry): void {
  const prototype = EventEmitter.prototype as unknown as Functions;
  const carried = (listener: Callable): Callable =>
    Object.assign(carry(listener), { listener: (listener as { listener?: Callable }).listener ?? listener });
  for (const [always, once] of [
    ["on", "once"],
    ["prependListener", "prependOnceListener"],
  ]) {
    const plain = prototype[always];
    const add = function (this: EventEmitter, name: string, listener: Callable): EventEmitter {
      return plain.call(this, name, typeof listener === "function" ? carried(listener) : listener);
    };
    prototype[always] = add;
    if (always === "on") prototype.addListener = add;
    prototype[once] = function (this: EventEmitter, name: string, listener: Callable): EventEmitter {
      if (typeof listener !== "function") return plain.call(this, name, listener);
      const run = carry(listener);
      const first = Object.assign(
        (...args: unknown[]) => {
          this.removeListener(name, first);
          return run.apply(this, args);
        },
        { listener },
      );
      return plain.call(this, name, first);
    };
  }
}

function carryLastArguments(module: Functions, carry: Carry): void {
  for (const name of Object.keys(module)) {
    const takesCallback = /^[a-z]/.test(name) && !/(Sync|^create|^watch|Stream)$/.test(name);
    if (typeof module[name] !== "function" || !takesCallback || !isWritable(module, name)) continue;
    replace(
      module,
      name,
      (plain) =>
        function (this: unknown, ...args: unknown[]) {
          const last = args.at(-1);
          if (typeof last === "function") args[args.length - 1] = carry(last as Callable);
          return plain.apply(this, args);
        },
    );
  }
}

function isWritable(owner: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(owner, name);
  return property?.writable === true && property.configurable === true;
}
