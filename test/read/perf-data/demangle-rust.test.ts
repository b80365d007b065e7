import { expect, test } from "vitest";
import { demangleRust } from "#lib/read/perf-data/demangle-rust.js";

// Each pair as perf 6.1 printed it for ../../fixtures/perf/rust.data, with --no-demangle and without.
test.each([
  ["_ZN5names4main17hd52b26720289402dE", "names::main"],
  [
    "_ZN44_$LT$names..Word$u20$as$u20$names..Score$GT$5score17hc0112d3212ca1796E",
    "<names::Word as names::Score>::score",
  ],
  [
    "_ZN3std2rt10lang_start28_$u7b$$u7b$closure$u7d$$u7d$17hcbe69001a6df8e06E",
    "std::rt::lang_start::{{closure}}",
  ],
  [
    "_ZN3std3sys9backtrace28__rust_begin_short_backtrace17h1f2eac4a8288893cE",
    "std::sys::backtrace::__rust_begin_short_backtrace",
  ],
])("%s", (symbol, name) => {
  expect(demangleRust(symbol)).toBe(name);
});

test.each([
  "main",
  "_ZN3foo3barEi",
  "_ZN99x17h0123456789abcdefE",
  "_ZN17h0123456789abcdefE",
  "_ZN3a$u110000$17h0123456789abcdefE",
])("%s is none of them", (symbol) => {
  expect(demangleRust(symbol)).toBeUndefined();
});
