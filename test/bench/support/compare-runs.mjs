// node compare-runs.mjs OLD NEW: the comparison of two benchmark runs; prints its rows.
import { compareBenchmarks } from "../../../kernel-lib/dist/analyze/compare-benchmarks.js";
import { load } from "../../../kernel-lib/dist/capture/load.js";

const [before, after] = await Promise.all(process.argv.slice(2).map((file) => load(file)));
const sides = [
  { label: "old", benchmarks: before },
  { label: "new", benchmarks: after },
];
console.log(compareBenchmarks(sides).numRows());
