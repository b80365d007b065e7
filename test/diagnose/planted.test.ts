import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { full } from "../full.js";
import { goOracle, runOracle } from "../support/go-oracle.js";
import { hasGo } from "../support/go-tool.js";

interface Judged {
  id: string;
  truth: { cause: string | null };
  said: { slow: { text: string } };
  share: number;
  wrong: string[];
}

interface Incident {
  id: string;
  go: string;
  mode: string;
  proof: object;
}

const root = join(import.meta.dirname, "../..");
const committed = join(root, "datasets/planted");
const imported = (path: string) => import(pathToFileURL(join(root, path)).href);
const { incidentIds, judgedIncident } = (await imported("test/diagnose/planted-results.mjs")) as {
  incidentIds: (folder: string) => string[];
  judgedIncident: (folder: string, id: string) => Promise<Judged>;
};
const { plantedPage } = (await imported("test/diagnose/write-planted-table.mjs")) as {
  plantedPage: (results: Judged[]) => string;
};
const planted = (await imported("datasets/capture/sets/planted.mjs")) as {
  default: object;
  incidents: Incident[];
  claimed: (counters: string, proof: object) => object;
  buildServices: (kit: object, incidents: Incident[]) => Record<string, string>;
  buildOracle: (kit: object) => string;
  captureIncident: (kit: object, incident: Incident, program: string, oracle: string) => Promise<void>;
};
const server = (await imported("datasets/capture/postgres-server.mjs")) as {
  postgresPrograms: () => string | undefined;
  startPostgres: () => Promise<object>;
  stopPostgres: (server: object) => Promise<void>;
};

const folder = mkdtempSync(join(tmpdir(), "planted-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the committed captures", () => {
  test("there are at least 24 incidents and three services without, in three annotations on three releases", () => {
    const truths = incidentIds(committed).map((id) =>
      JSON.parse(readFileSync(join(committed, `${id}.truth.json`), "utf8")),
    );
    expect(truths.filter(({ cause }) => cause !== null).length).toBeGreaterThanOrEqual(24);
    expect(truths.filter(({ cause }) => cause === null).length).toBeGreaterThanOrEqual(3);
    expect(new Set(truths.map(({ annotate }) => annotate))).toEqual(new Set(["tasks", "http", "log"]));
    expect(new Set(truths.map(({ go }) => go))).toEqual(new Set(["1.21", "1.23", "1.26"]));
    expect(planted.incidents.map(({ id }) => id).sort()).toEqual(incidentIds(committed));
  });

  // One of each annotation, and one without an incident; the others take longer.
  test.each(["stock", "prices", "ledger", "quiet"])("%s is diagnosed right", async (id) => {
    const { wrong, said } = await judgedIncident(committed, id);
    expect(wrong, said.slow.text).toEqual([]);
  });

  test.skipIf(!full)("docs/planted.md is what comes out for them", async () => {
    const results: Judged[] = [];
    for (const id of incidentIds(committed)) results.push(await judgedIncident(committed, id));
    expect(readFileSync(join(root, "docs/planted.md"), "utf8")).toBe(plantedPage(results));
    expectMost(results);
  });

  const oracle = full ? goOracle() : { missing: "needs TRACEBOOK_FULL=1" };
  const without = "missing" in oracle ? `: ${oracle.missing}` : "";
  test.skipIf("missing" in oracle).each(planted.incidents)(
    `x/exp/trace shows what is planted in $id${without}`,
    ({ id, proof }) => {
      const trace = join(folder, `${id}.trace`);
      writeFileSync(trace, gunzipSync(readFileSync(join(committed, `${id}.trace.gz`))));
      const counters = gunzipSync(readFileSync(join(committed, `${id}.counters.csv.gz`))).toString();
      const { out, error } = runOracle("prove", trace, JSON.stringify(planted.claimed(counters, proof)));
      expect(error).toBe("");
      expect(JSON.parse(out).wrong).toEqual([]);
    },
  );
});

const tools = full && hasGo && server.postgresPrograms() !== undefined;
test.skipIf(!tools)(
  `fresh captures are diagnosed right${tools ? "" : ": needs TRACEBOOK_FULL=1, Go and PostgreSQL"}`,
  async () => {
    const { Kit } = (await imported("datasets/capture/kit.mjs")) as {
      Kit: new (set: object, options: { out: string }) => object;
    };
    const out = join(folder, "fresh");
    const kit = new Kit(planted.default, { out });
    const programs = planted.buildServices(kit, planted.incidents);
    const oracle = planted.buildOracle(kit);
    const database = await server.startPostgres();
    try {
      for (const incident of planted.incidents) {
        await planted.captureIncident(kit, incident, programs[incident.go], oracle);
      }
    } finally {
      await server.stopPostgres(database);
    }
    const results: Judged[] = [];
    for (const id of incidentIds(out)) results.push(await judgedIncident(out, id));
    expectMost(results);
  },
  15 * 60_000,
);

/** At least 22 of 24 incidents are diagnosed right, and no cause is named where there is none. */
function expectMost(results: Judged[]): void {
  const incidents = results.filter(({ truth }) => truth.cause !== null);
  const wrong = incidents.filter((result) => result.wrong.length > 0);
  const named = results.filter((result) => result.truth.cause === null && result.wrong.length > 0);
  expect(named.map(({ id }) => id)).toEqual([]);
  const list = wrong.map((result) => `${result.id}: ${result.wrong.join(", ")}`).join("; ");
  expect(wrong.length / incidents.length, list).toBeLessThanOrEqual(2 / 24);
}
