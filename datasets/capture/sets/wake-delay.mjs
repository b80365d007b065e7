import { mkdirSync } from "node:fs";
import { join } from "node:path";

export default {
  name: "wake-delay",
  program: "wake",
  chapters: ["3.1"],
  about: "How long a goroutine on a socket takes to run after data was sent: idle, beside spinning goroutines, and under back to back collections, with traces.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./wake");
      for (const load of ["idle", "spin", "gc"]) {
        const trace = `go${go}.${load}.trace`;
        const file = `go${go}.${load}.operations.csv`;
        const args = ["-load", load, "-messages", "300", "-trace", trace];
        await kit.run(program, args, { stdout: kit.path(file) });
        const command = `wake ${args.join(" ")} > ${file}`;
        kit.add(file, { role: `operations ${load}`, go, command, about: "from each message's stamp to the reader's return from Read" });
        kit.add(kit.gzip(trace), { role: `trace ${load}`, go, command, about: "execution trace of the same run, gzipped" });
      }
      const folder = join(kit.work, `start-${go}`);
      mkdirSync(folder);
      const started = await kit.run(kit.build(go, "./wake/testdata/starttrace"), [], { cwd: folder });
      kit.write(`go${go}.start-trace.txt`, `${started.stdout}${started.stderr}`);
      kit.add(`go${go}.start-trace.txt`, { role: "start-trace", go, command: `starttrace > go${go}.start-trace.txt 2>&1, in an empty folder`, about: "a program that calls runtime.StartTrace: the files it leaves" });
    }
  },
};
