// npm run calibrate [-- --draws 1000 --seconds 8]: puts every judgement through data in which nothing is to be found, and through data in which
// something is, and writes how often it speaks to docs/calibration.md and its picture. A scenario stops at its draws or its seconds.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { figure } from "#lib/chart/figure.js";
import { renderSvg } from "#lib/chart/render-svg.js";
import { allScenarios } from "./simulate.mjs";

const { values } = parseArgs({
  options: { draws: { type: "string", default: "1000" }, seconds: { type: "string", default: "8" } },
});
const docs = join(import.meta.dirname, "../../docs");
const results = await simulated(Number(values.draws), Number(values.seconds) * 1000);
mkdirSync(docs, { recursive: true });
writeFileSync(join(docs, "calibration.svg"), await renderSvg(picture(results)));
writeFileSync(join(docs, "calibration.md"), page(results));
const failing = results.filter(({ effect, limit, stated, rate }) =>
  effect ? !limit && rate < 0.8 : rate > 1.5 * stated,
);
for (const { judgement, scenario, rate } of failing)
  console.error(`calibrate: ${judgement}: ${scenario}: ${percent(rate)}`);
console.log(`${results.length} scenarios, ${failing.length} outside their bounds; docs/calibration.md`);
process.exitCode = failing.length > 0 ? 1 : 0;

async function simulated(draws, within_ms) {
  const count = (await allScenarios()).length;
  const found = new Array(count);
  let next = 0;
  const one = () =>
    new Promise((done, failed) => {
      const worker = new Worker(new URL("./worker.mjs", import.meta.url), {
        workerData: { draws, within_ms },
      });
      const hand = () => {
        if (next < count) worker.postMessage(next++);
        else worker.terminate().then(done);
      };
      worker.on("error", failed);
      worker.on("message", ({ index, result }) => {
        found[index] = result;
        hand();
      });
      hand();
    });
  await Promise.all(Array.from({ length: availableParallelism() }, one));
  return found;
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function page(all) {
  const names = [...new Set(all.map(({ judgement }) => judgement))];
  const tables = names.map((name) => {
    const rows = all
      .filter(({ judgement }) => judgement === name)
      .map(
        ({ scenario, effect, limit, stated, rate, low, high, draws }) =>
          `| ${scenario} | ${effect ? "an effect" : "nothing"} | ${effect ? (limit ? "no promise" : "at least 80 %") : `at most ${percent(stated)}`} | ${percent(rate)} | ${percent(low)} to ${percent(high)} | ${draws} |`,
      );
    return `## ${name}\n\n| data | there is | meant | found | 95 % interval | draws |\n|---|---|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `# Calibration: how often the judgements speak

Made by \`npm run calibrate\`; do not edit. Each row simulates data and asks the judgement. Where there is *nothing*, \`found\` is how often it
says that there is (or how often its interval misses the truth): it is to stay at its stated rate. Where there is *an
effect*, it is how often it is seen; an effect without a promise shows a limit. Dependent data are the point: operations of one run resemble their neighbours, runs of one
program differ, machines have slow periods.

![How often each judgement speaks, by data](calibration.svg)

${tables.join("\n")}`;
}

function picture(all) {
  const rows = all.map((row) => ({
    ...row,
    label: `${row.judgement}: ${row.scenario}`,
    what: row.effect ? "an effect is there" : "nothing is there",
  }));
  const worst = Math.max(...all.filter(({ effect }) => !effect).map(({ rate }) => rate));
  const least = Math.min(...all.filter(({ effect }) => effect).map(({ rate }) => rate));
  const y = { field: "label", type: "nominal", sort: null, axis: { title: null, labelLimit: 620 } };
  return figure({
    title: `Where nothing is, at most ${percent(worst)} of judgements speak; where an effect is, at least ${percent(least)}`,
    subtitle:
      "point: share of simulated data on which the judgement speaks, line: its 95 % interval; dashed: 5 % and 80 %",
    description: `${all.length} simulations: where nothing is, at most ${percent(worst)} speak; where an effect is, at least ${percent(least)}`,
    width: 340,
    height: { step: 15 },
    data: { values: rows },
    encoding: { y },
    layer: [
      {
        data: { values: [{ at: 0.05 }, { at: 0.8 }] },
        mark: { type: "rule", strokeDash: [4, 3] },
        encoding: { y: null, x: { field: "at", type: "quantitative" } },
      },
      {
        mark: { type: "rule" },
        encoding: {
          x: { field: "low", type: "quantitative" },
          x2: { field: "high" },
          color: { field: "what", type: "nominal" },
        },
      },
      {
        mark: { type: "point", filled: true, size: 30 },
        encoding: {
          x: { field: "rate", type: "quantitative", axis: { format: "~%", title: "share that speaks" } },
          color: { field: "what", type: "nominal", title: null },
        },
      },
    ],
  });
}
