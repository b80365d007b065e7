import { readFileSync } from "node:fs";
import { join } from "node:path";
import { port, redis, startRedis, stopRedis } from "../redis-server.mjs";

export default {
  name: "incident",
  program: "orders",
  chapters: ["1", "6"],
  about: "The incident, reproduced: an order API with a hundred orders a second on a real Redis. Every four seconds one order needs the scanning script; the stock grows from 1000 to 800 000 keys, and at the end the script is exchanged. Every order with its status, another client's GETs, what the server says of itself, and an execution trace of the API at the worst.",
  async capture(kit) {
    const program = kit.build("1.26", "./orders");
    const server = await startRedis(kit.work);
    try {
      const trace = join(kit.work, "incident.trace");
      const args = ["-mode", "incident", "-stage", "16s"];
      await kit.run(program, ["-redis", `127.0.0.1:${port}`, ...args, "-trace", trace], { stdout: kit.path("operations.csv"), stderr: kit.path("server.csv"), realtime: true });
      const command = `orders ${args.join(" ")} -trace api.trace > operations.csv 2> server.csv`;
      kit.write("api.trace.gz", readFileSync(trace));
      kit.add(kit.gzip("operations.csv"), { role: "operations", go: "1.26", command, about: "orders by status, their EVALSHA by script, and another client's GETs, each from when it was due" });
      kit.add("server.csv", { role: "server", go: "1.26", command, about: "once a second: INFO's processor time, memory, clients and commandstats of GET, DBSIZE; and what happened when" });
      kit.add("api.trace.gz", { role: "trace", go: "1.26", command, about: "the API's execution trace of the last two slow scripts at 800 000 keys, a task for each order" });
      const record = (file, role, about, ...asked) => {
        kit.write(file, redis(...asked));
        kit.add(file, { role, command: `redis-cli ${asked.join(" ")} > ${file}`, about });
      };
      record("slowlog.txt", "slowlog", "the server's slow log after the run", "--no-raw", "SLOWLOG", "GET", "100");
      record("latency-latest.txt", "latency-latest", "the server's latency events after the run, threshold 100 ms", "--no-raw", "LATENCY", "LATEST");
      record("info-commandstats.txt", "info-commandstats", "the server's own figures after the run", "INFO", "commandstats");
      record("info-latencystats.txt", "info-latencystats", "the server's own quantiles after the run", "INFO", "latencystats");
    } finally {
      await stopRedis(server);
    }
  },
};
