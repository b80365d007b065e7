import { cpuNs, redis, startRedis, port } from "../redis-server.mjs";

export default {
  name: "redis-scan",
  program: "orders",
  chapters: ["1"],
  about: "An order API whose inventory step runs the incident's Lua script on a real Redis: the script's cost over 1000 to 1 million keys, and other clients' GETs while orders come every four seconds.",
  async capture(kit) {
    const program = kit.build("1.26", "./orders");
    const server = await startRedis(kit.work);
    try {
      const address = ["-redis", `127.0.0.1:${port}`];
      const { stdout } = await kit.run(program, [...address, "-mode", "cost"]);
      kit.write("cost.csv", stdout);
      kit.add("cost.csv", { role: "cost", go: "1.26", command: "orders -mode cost > cost.csv", about: "time of the scanning script and of the direct one, by number of stock keys, five rounds" });
      for (const script of ["scan", "direct"]) {
        const before = cpuNs(server);
        const start = process.hrtime.bigint();
        const args = ["-mode", "serve", "-script", script, "-keys", "400000", "-every", "3s", "-for", "24s"];
        await kit.run(program, [...address, ...args], { stdout: kit.path(`${script}.operations.csv`) });
        const command = `orders ${args.join(" ")} > ${script}.operations.csv`;
        kit.add(`${script}.operations.csv`, { role: `operations ${script}`, go: "1.26", command, about: "orders, their EVALSHA, and another client's GETs from the time each was due" });
        // The filling before serving is in the process's CPU time; only serving is in the commands' own.
        const record = { script, cpu_ns_with_filling: cpuNs(server) - before, wall_ns_with_filling: Number(process.hrtime.bigint() - start) };
        kit.write(`${script}.cpu.json`, `${JSON.stringify(record)}\n`);
        kit.add(`${script}.cpu.json`, { role: `cpu ${script}`, command: "CPU ticks of redis-server in /proc/PID/stat around the run", about: "CPU time of the server over the run, the filling of the keys included" });
        for (const section of ["commandstats", "latencystats", "memory", "clients"]) {
          const file = `${script}.info-${section}.txt`;
          kit.write(file, redis("INFO", section));
          kit.add(file, { role: `info-${section} ${script}`, command: `redis-cli INFO ${section} > ${file}`, about: "the server's own figures after the run" });
        }
        kit.write(`${script}.slowlog.txt`, redis("--no-raw", "SLOWLOG", "GET", "100"));
        kit.add(`${script}.slowlog.txt`, { role: `slowlog ${script}`, command: `redis-cli --no-raw SLOWLOG GET 100 > ${script}.slowlog.txt`, about: "the server's slow log of the run" });
      }
    } finally {
      server.kill();
    }
  },
};
