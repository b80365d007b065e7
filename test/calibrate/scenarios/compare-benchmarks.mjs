import { from } from "arquero";
import { normal } from "../series.mjs";

const benchmarks = (random, count, runs, factorOf = () => 1) =>
  from(
    Array.from({ length: count * runs }, (_, row) => ({
      name: `Benchmark${row % count}`,
      unit: "sec/op",
      config: "{}",
      value: 1e-6 * factorOf(row % count) * Math.exp(0.03 * normal(random)),
    })),
  );

const compared = (compareBenchmarks, before, after) =>
  compareBenchmarks([
    { label: "old", benchmarks: before },
    { label: "new", benchmarks: after },
  ])
    .objects()
    .filter(({ side, benchmark }) => side === "new" && benchmark !== "geomean");
const called = ({ verdict, significant }) =>
  verdict === undefined ? significant : verdict === "higher" || verdict === "lower";

const none = (count, runs) => ({
  judgement: "compareBenchmarks, any of them",
  scenario: `${count} equal benchmark${count === 1 ? "" : "s"}, ${runs} runs a side`,
  stated: 0.05,
  draw: ({ compareBenchmarks }, random) =>
    compared(compareBenchmarks, benchmarks(random, count, runs), benchmarks(random, count, runs)).some(
      called,
    ),
});
const one = (count, runs, factor) => ({
  judgement: "compareBenchmarks, any of them",
  scenario: `one of ${count} ${Math.round(100 * (factor - 1))} % slower (noise 3 %), ${runs} runs a side`,
  effect: true,
  draw: ({ compareBenchmarks }, random) => {
    const after = benchmarks(random, count, runs, (which) => (which === 0 ? factor : 1));
    return called(compared(compareBenchmarks, benchmarks(random, count, runs), after)[0]);
  },
});

export const scenarios = [
  none(1, 10),
  none(20, 10),
  none(20, 5),
  none(100, 10),
  one(20, 10, 1.1),
  one(1, 5, 1.1),
];
