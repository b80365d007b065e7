import { port, redis, startRedis, stopRedis } from "../redis-server.mjs";

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
      const { stdout } = await kit.run(program, [...address, "-mode", "cost"], { realtime: true });
      kit.write("cost.csv", stdout);
      kit.add("cost.csv", { role: "cost", go: "1.26", command: "orders -mode cost > cost.csv", about: "time of the scanning script and of the direct one, by number of stock keys, five rounds" });
      for (const script of ["scan", "direct"]) {
        const args = ["-mode", "serve", "-script", script, "-keys", "400000", "-every", "3s", "-for", "24s"];
        await kit.run(program, [...address, ...args], { stdout: kit.path(`${script}.operations.csv`), stderr: kit.path(`${script}.cpu.csv`), realtime: true });
        const command = `orders ${args.join(" ")} > ${script}.operations.csv 2> ${script}.cpu.csv`;
        kit.add(`${script}.operations.csv`, { role: `operations ${script}`, go: "1.26", command, about: "orders, their EVALSHA, and another client's GETs from the time each was due" });
        kit.add(`${script}.cpu.csv`, { role: `cpu ${script}`, go: "1.26", command, about: "processor time of the server when serving begins and ends, by its own INFO cpu" });
        for (const section of ["commandstats", "latencystats", "memory", "clients"]) {
          const file = `${script}.info-${section}.txt`;
          kit.write(file, redis("INFO", section));
          kit.add(file, { role: `info-${section} ${script}`, command: `redis-cli INFO ${section} > ${file}`, about: "the server's own figures after the run" });
        }
        kit.write(`${script}.slowlog.txt`, redis("--no-raw", "SLOWLOG", "GET", "100"));
        kit.add(`${script}.slowlog.txt`, { role: `slowlog ${script}`, command: `redis-cli --no-raw SLOWLOG GET 100 > ${script}.slowlog.txt`, about: "the server's slow log of the run" });
      }
    } finally {
      await stopRedis(server);
    }
  },
};
