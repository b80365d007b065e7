import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const layouts = [0, 5, 10, 15, 20, 25, 30, 35];
const model = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64"];
// One processor, no collections and no signals to yield: valgrind runs one thread at a time, slowly, and what the
// runtime does by the clock would be in the figures.
const env = { GOMAXPROCS: "1", GOGC: "off", GODEBUG: "asyncpreemptoff=1" };

async function simulate(kit, tool, program, file, args) {
  const out = join(kit.work, file);
  await kit.run("valgrind", [`--tool=${tool}`, ...model, `--${tool}-out-file=${out}`, program, ...args], { env, nice: 5 });
  writeFileSync(kit.path(file), readFileSync(out));
}

function simulated(tool, file, args) {
  const set = Object.entries(env).map(([name, value]) => `${name}=${value}`).join(" ");
  return `${set} valgrind --tool=${tool} ${model.join(" ")} --${tool}-out-file=${file} cache ${args.join(" ")}`;
}

export default {
  name: "cache",
  program: "cache",
  chapters: ["4.4"],
  about: "First-level cache misses of a hot array beside map writes by value, by pointer and none, in cachegrind's and callgrind's model of a 32 KiB, 8-way cache, in eight layouts of heap and stack; and what perf counts and samples on the machine itself.",
  async capture(kit) {
    for (const go of ["1.21", "1.26"]) {
      const program = kit.build(go, "./cache");
      for (const store of ["none", "value", "pointer"]) {
        for (const layout of layouts) {
          const file = `go${go}.${store}.${layout}.cachegrind.out`;
          await simulate(kit, "cachegrind", program, file, ["-store", store, "-layout", String(layout)]);
          kit.add(kit.gzip(file), { role: `cachegrind ${store} ${layout}`, go, command: simulated("cachegrind", file, ["-store", store, "-layout", String(layout)]), about: `simulated misses, writes ${store === "none" ? "left out" : `by ${store}`}, heap and stack moved by ${layout} steps` });
        }
      }
    }
    const program = kit.build("1.26", "./cache");
    for (const store of ["value", "pointer"]) {
      const file = `go1.26.${store}.callgrind.out`;
      await simulate(kit, "callgrind", program, file, ["-store", store]);
      kit.add(file, { role: `callgrind ${store}`, go: "1.26", command: simulated("callgrind", file, ["-store", store]), about: `the same simulation with the calls, writes by ${store}` });
    }
    // Without counters in hardware perf can sample by the clock alone; the way to the call graph is the same.
    const data = join(kit.work, "perf.data");
    const record = ["record", "-e", "cpu-clock:u", "-F", "999", "--call-graph", "fp"];
    await kit.run("perf", [...record, "-o", data, program, "-store", "value", "-rounds", "400"], { env: { GOMAXPROCS: "1" } });
    const script = await kit.run("perf", ["script", "-i", data, "-F", "comm,tid,time,event,ip,sym"]);
    kit.write("go1.26.value.perf-script.txt.gz", script.stdout);
    kit.add("go1.26.value.perf-script.txt.gz", { role: "perf-script value", go: "1.26", command: `GOMAXPROCS=1 perf ${record.join(" ")} cache -store value -rounds 400; perf script -F comm,tid,time,event,ip,sym`, about: "samples of the processor's time by the clock, writes by value" });
    const events = "L1-dcache-loads,L1-dcache-load-misses,mem_load_retired.l1_miss,task-clock,page-faults,context-switches";
    for (const event of [events, "L1-dcache-load-misses,task-clock,page-faults,context-switches"]) {
      const file = event === events ? "go1.26.perf-stat-article.txt" : "go1.26.perf-stat.txt";
      const { status, stderr } = await kit.run("perf", ["stat", "-e", event, program, "-store", "value"], { allowFailure: true });
      kit.write(file, `exit status ${status}\n${stderr}`);
      kit.add(file, { role: event === events ? "perf-stat-article" : "perf-stat", go: "1.26", command: `perf stat -e ${event} cache -store value > ${file} 2>&1`, about: "what perf counts here" });
    }
  },
};
