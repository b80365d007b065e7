import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { database, startPostgres, stopPostgres } from "../postgres-server.mjs";
import { here } from "../kit.mjs";

/** What is planted where: read by this set, by the program that proves it, and by the test of diagnoses. */
export const incidents = JSON.parse(readFileSync(join(here, "planted/incidents.json"), "utf8"));

/** Captures one incident into the kit's folder, with its truth; the counters are those of the run itself. */
export async function captureIncident(kit, incident, program) {
  const { id, mode, go, annotate, seconds } = incident;
  const logged = annotate === "log";
  const names = { trace: `${id}.trace`, operations: `${id}.operations.csv`, counters: `${id}.counters.csv` };
  const args = ["-mode", mode, "-annotate", annotate, "-seconds", String(seconds), "-trace", names.trace, "-counters", names.counters];
  if (logged) args.push("-operations", names.operations);
  const folder = mkdtempSync(join(tmpdir(), "shop-"));
  const source = mode === "orders" ? ["-database", database] : [];
  const { stdout } = await kit.run(program, [...args, ...source], { realtime: 1, env: { TMPDIR: folder } });
  rmSync(folder, { recursive: true });
  const { proof: _, ...stated } = incident;
  kit.write(`${id}.truth.json`, `${JSON.stringify({ ...stated, counted: JSON.parse(stdout) }, null, 2)}\n`);
  const command = `services ${args.join(" ")}`;
  kit.add(kit.gzip(names.trace), { role: "trace", go, command, about: incident.about });
  if (logged) kit.add(kit.gzip(names.operations), { role: "operations", go, command, about: "every request's times, as the service logs them" });
  kit.add(kit.gzip(names.counters), { role: "counters", go, command, about: "what each request waited for the planted thing, and when others did it, by the service's own counters" });
  kit.add(`${id}.truth.json`, { role: "truth", go, command, about: "what is planted, and what the counters come to" });
}

/** Builds the services on each release that the incidents need. */
export function buildServices(kit, wanted) {
  const programs = {};
  for (const { go } of wanted) programs[go] ??= kit.build(go, ".", { name: "services", cwd: join(here, "planted") });
  return programs;
}

export default {
  name: "planted",
  program: ["planted/go.mod", "planted/go.sum", "planted/main.go", "planted/modes.go", "planted/devices.go", "planted/internal"],
  chapters: ["diagnosis"],
  about: "Services of a shop, each with one known thing in it that makes some requests slow, and three with none: the execution trace, an operations log where the requests are known by that alone, the service's own counters, and the truth.",
  async capture(kit) {
    const programs = buildServices(kit, incidents);
    const server = await startPostgres();
    try {
      for (const incident of incidents) await captureIncident(kit, incident, programs[incident.go]);
    } finally {
      await stopPostgres(server);
    }
  },
};
