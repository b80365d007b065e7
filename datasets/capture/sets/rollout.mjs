import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ports = { balancer: 7400, old: 7401, new: 7402, prometheus: 7409 };
const at = (name) => `127.0.0.1:${ports[name]}`;
// The write-up's shares, after a stage in which the new build gets nothing yet.
const load = ["-stages", "0,5,20,50,100", "-settle", "5s", "-for", "40s", "-rate", "400"];

const runs = [
  { go: "1.26", run: "change", builds: ["value", "pointer"] },
  { go: "1.26", run: "control", builds: ["value", "value"] },
  { go: "1.21", run: "change", builds: ["value", "pointer"] },
];

export default {
  name: "rollout",
  program: "rollout",
  chapters: ["4.3"],
  about: "A rollout of the order service from a map of 1 KiB values to published pointers behind a weighted balancer, at 0, 5, 20, 50 and 100 % of traffic: every request, and what a real Prometheus scraped from both builds; and the same rollout with the old build on both sides, as a control.",
  async capture(kit) {
    for (const one of runs) await rollout(kit, one);
  },
};

async function rollout(kit, { go, run, builds }) {
  const programs = Object.fromEntries(["value", "pointer"].map((build) => [build, kit.build(go, "./rollout/orders", { name: `orders-${build}`, flags: ["-tags", build] })]));
  const started = [];
  try {
    for (const [i, side] of ["old", "new"].entries()) {
      started.push(service(programs[builds[i]], ["-listen", at(side), "-label", side], { GOMAXPROCS: "2" }));
    }
    started.push(service(kit.build(go, "./rollout/balancer"), ["-listen", at("balancer"), at("old"), at("new")]));
    started.push(prometheus(kit, `${go}-${run}`));
    for (const side of ["old", "new"]) await answers(`http://${at(side)}/metrics`);
    await answers(`http://${at("prometheus")}/-/ready`);
    const files = { operations: `go${go}.${run}.operations.csv`, stages: `go${go}.${run}.stages.csv` };
    const args = ["-balancer", `http://${at("balancer")}`, ...load];
    await kit.run(kit.build(go, "./rollout/load"), args, { stdout: kit.path(files.operations), stderr: kit.path(files.stages), nice: -10 });
    const command = `load ${args.join(" ")} > ${files.operations} 2> ${files.stages}`;
    const both = `old is the build ${builds[0]}, new is ${builds[1]}`;
    kit.add(kit.gzip(files.operations), { role: `operations ${run}`, go, command, about: `every order, from when it was due: stage, build, status; ${both}` });
    kit.add(files.stages, { role: `stages ${run}`, go, command, about: "when each stage began and ended, Unix time" });
    await save(kit, { go, run, both });
  } finally {
    for (const { end } of started.reverse()) await end();
  }
}

// What a stage's dashboard would ask, over the whole rollout, and each build's metrics page at its end.
async function save(kit, { go, run, both }) {
  const stages = readFileSync(kit.path(`go${go}.${run}.stages.csv`), "utf8").trim().split("\n").slice(1).map((line) => line.split(",").map(Number));
  const [start, end] = [Math.floor(stages[0][1] / 1000), Math.ceil(stages.at(-1)[2] / 1000)];
  const queries = {
    p99: 'http_request_duration_seconds{quantile="0.99"}',
    buckets: "http_request_duration_buckets_seconds_bucket",
    requests: "sum by (job, code) (rate(http_requests_total[10s]))",
    gc: "rate(go_gc_duration_seconds_count[10s])",
  };
  for (const [name, query] of Object.entries(queries)) {
    const step = name === "buckets" ? 5 : 1;
    const url = `http://${at("prometheus")}/api/v1/query_range?query=${encodeURIComponent(query)}&start=${start}&end=${end}&step=${step}`;
    const file = `go${go}.${run}.${name}.query.json${name === "buckets" ? ".gz" : ""}`;
    kit.write(file, await (await fetch(url)).text());
    kit.add(file, { role: `${name} ${run}`, go, command: `curl 'prometheus/api/v1/query_range?query=${query}&start=${start}&end=${end}&step=${step}' > ${file}`, about: `Prometheus's answer over all stages, scraped every second; ${both}` });
  }
  for (const side of ["old", "new"]) {
    const file = `go${go}.${run}.${side}.prom.txt`;
    kit.write(file, await (await fetch(`http://${at(side)}/metrics`)).text());
    kit.add(file, { role: `metrics ${run} ${side}`, go, command: `curl ${side}/metrics > ${file}`, about: `the metrics page of the ${side} build after the last stage; ${both}` });
  }
}

function prometheus(kit, name) {
  const folder = join(kit.work, name);
  mkdirSync(folder);
  const targets = ["old", "new"].map((side) => `  - job_name: ${side}\n    static_configs: [{targets: ["${at(side)}"]}]\n`).join("");
  writeFileSync(join(folder, "prometheus.yml"), `global:\n  scrape_interval: 1s\n  scrape_timeout: 1s\nscrape_configs:\n${targets}`);
  return service("prometheus", [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=${at("prometheus")}`, "--log.level=error"]);
}

// A program that runs until it is ended, at a raised priority where that may be.
function service(program, args, env = {}) {
  const [command, before] = process.getuid?.() === 0 ? ["nice", ["-n", "-10", program]] : [program, []];
  const child = spawn(command, [...before, ...args], { stdio: ["ignore", "ignore", "inherit"], env: { PATH: process.env.PATH, LANG: "C", ...env } });
  const ended = new Promise((resolve) => child.on("close", resolve));
  return { end: async () => { child.kill(); await ended; } };
}

async function answers(url) {
  for (let i = 0; i < 200; i++) {
    if (await fetch(url).then((answer) => answer.ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer`);
}
