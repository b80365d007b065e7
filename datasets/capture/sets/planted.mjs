import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { database, startPostgres, stopPostgres } from "../postgres-server.mjs";
import { here } from "../kit.mjs";

/** What is planted where: read by this set, by the program that proves it, and by the test of diagnoses. */
export const incidents = JSON.parse(readFileSync(join(here, "planted/incidents.json"), "utf8"));

/**
 * Captures one incident into the kit's folder, with its truth; the counters are those of the run itself. What the
 * trace does not show is captured again, a few times: `oracle` is the path of test/oracle's program.
 */
export async function captureIncident(kit, incident, program, oracle) {
  const { id, mode, go, annotate, seconds, about } = incident;
  const names = { trace: `${id}.trace`, operations: `${id}.operations.csv`, counters: `${id}.counters.csv`, truth: `${id}.truth.json` };
  const args = ["-mode", mode, "-annotate", annotate, "-seconds", String(seconds), "-trace", names.trace, "-counters", names.counters];
  if (annotate === "log") args.push("-operations", names.operations);
  const command = `services ${args.join(" ")}`;
  if (mode === "orders") args.push("-database", database);
  for (let run = 1; ; run++) {
    const folder = mkdtempSync(join(tmpdir(), "shop-"));
    const { stdout } = await kit.run(program, args, { realtime: 1, env: { TMPDIR: folder } });
    rmSync(folder, { recursive: true });
    const proven = prove(oracle, kit.path(names.trace), claimed(readFileSync(kit.path(names.counters), "utf8"), incident.proof));
    if (proven.wrong.length > 0 && run < 5) continue;
    if (proven.wrong.length > 0) throw new Error(`${id}: the trace does not show it: ${proven.wrong.join("; ")}`);
    if (incident.share_from) kit.write(names.counters, withWaits(readFileSync(kit.path(names.counters), "utf8"), proven.planted_ns));
    kit.write(names.truth, `${JSON.stringify(truth(incident, JSON.parse(stdout), proven), null, 2)}\n`);
    break;
  }
  kit.add(kit.gzip(names.trace), { role: "trace", go, command, about });
  if (annotate === "log") kit.add(kit.gzip(names.operations), { role: "operations", go, command, about: "every request's times, as the service logs them" });
  kit.add(kit.gzip(names.counters), { role: "counters", go, command, about: "what each request waited for the planted thing, and when others did it, by the service's own counters" });
  kit.add(names.truth, { role: "truth", go, command, about: "what is planted, what the counters come to, and what the trace shows of it" });
}

/** Counters with the waits that the trace shows, for requests that cannot see theirs. */
function withWaits(counters, waits) {
  let row = 0;
  return counters.replaceAll(/^(request(?:,[^,]*){3}),\d+/gm, (_, before) => `${before},${waits[row++]}`);
}

/** What is planted, with what was measured of it. */
function truth({ proof: _, ...stated }, counted, { ratios }) {
  const from = /^proof: (.*)/.exec(stated.share_from ?? "")?.[1];
  return { ...stated, share: from ? ratios[from] : counted.share, counted, proven: ratios };
}

/** What is claimed of a trace: the proof asked for, with the service's counters. */
export function claimed(counters, proof) {
  const rows = counters.trim().split("\n").slice(2).map((line) => line.split(","));
  const of = (what) => rows.filter((row) => row[0] === what).map(([, start, dur, kind, planted, goroutine]) => ({
    start: Number(start), dur: Number(dur), kind, planted: Number(planted), goroutine: Number(goroutine),
  }));
  return { proof, requests: of("request"), spans: of("span") };
}

// Whether the trace shows what is claimed, by the program of test/oracle.
function prove(oracle, trace, claim) {
  const { status, stdout, stderr } = spawnSync(oracle, ["prove", trace], { input: JSON.stringify(claim), encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`oracle prove ${trace}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Builds the services on each release that the incidents need. */
export function buildServices(kit, wanted) {
  const programs = {};
  for (const { go } of wanted) programs[go] ??= kit.build(go, ".", { name: "services", cwd: join(here, "planted") });
  return programs;
}

/** Builds the program of test/oracle, which proves what traces show. */
export function buildOracle(kit) {
  return kit.build("1.26", ".", { name: "oracle", cwd: join(here, "../../test/oracle") });
}

export default {
  name: "planted",
  program: ["planted/go.mod", "planted/go.sum", "planted/main.go", "planted/modes.go", "planted/devices.go", "planted/internal"],
  chapters: ["diagnosis"],
  about: "Services of a shop, each with one known thing in it that makes some requests slow, and three with none: the execution trace, an operations log where the requests are known by that alone, the service's own counters, and the truth.",
  async capture(kit) {
    const programs = buildServices(kit, incidents);
    const oracle = buildOracle(kit);
    const server = await startPostgres();
    try {
      for (const incident of incidents) await captureIncident(kit, incident, programs[incident.go], oracle);
    } finally {
      await stopPostgres(server);
    }
  },
};
