import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export default {
  name: "migration",
  program: "migration",
  chapters: ["5.3"],
  about: "A move from a map of 1 KiB values under one lock to a sharded map, with both written and compared in between: the service's metrics page after each stage, once as it should be and once with a fault in the new structure.",
  async capture(kit) {
    const go = "1.26";
    const program = kit.build(go, "./migration");
    for (const [run, flags] of [["sound", []], ["faulty", ["-bug"]]]) {
      const folder = join(kit.work, run);
      mkdirSync(folder);
      await kit.run(program, [...flags, folder], { realtime: true });
      for (const page of readdirSync(folder).sort()) {
        const name = `go${go}.${run}.${page}.txt`;
        kit.write(name, readFileSync(join(folder, page), "utf8"));
        kit.add(name, { role: `${run} ${page.replace(/^\d-|\.prom$/g, "")}`, go, command: `migration ${[...flags, "FOLDER"].join(" ")}`, about: `the metrics page, scraped ${page.startsWith("0") ? "before the stages" : `after the stage ${page.replace(/^\d-|\.prom$/g, "")}`}` });
      }
    }
  },
};
