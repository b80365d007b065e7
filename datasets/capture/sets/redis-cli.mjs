import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { port, redis, startRedis, stopRedis } from "../redis-server.mjs";

const scan = "local n = 0 for _, key in ipairs(redis.call('KEYS', 'stock:*')) do if redis.call('HGET', key, 'sku') == ARGV[1] then n = n + 1 end end return n";
const fill = "for i = 0, 99999 do redis.call('HSET', 'stock:' .. i, 'sku', i) end return 1";

export default {
  name: "redis-cli",
  program: "redis-server.mjs",
  chapters: ["1"],
  about: "What redis-cli's latency flags do on the wire, the article's -t 10, and LATENCY DOCTOR with its threshold at the default and at 100 ms.",
  async capture(kit) {
    const server = await startRedis(kit.work);
    try {
      redis("EVAL", fill, "0");
      const hash = redis("SCRIPT", "LOAD", scan).trim();
      const record = (role, text, command, about) => {
        if (text.trim() === "") throw new Error(`${command} printed nothing`);
        kit.write(`${role}.txt`, text);
        kit.add(`${role}.txt`, { role, command, about });
      };
      record("version", await printed("redis-cli", ["--version"], 0), "redis-cli --version", "the version of both");
      record("flag-t", await printed("redis-cli", ["--latency", "-h", "127.0.0.1", "-p", String(port), "-t", "10"], 4000), "redis-cli --latency -h 127.0.0.1 -p PORT -t 10", "the article's command");
      for (const flag of ["--latency", "--latency-dist"]) {
        const monitor = openSync(kit.path(`monitor${flag}.txt`), "w");
        const watching = spawn("redis-cli", ["-p", String(port), "MONITOR"], { stdio: ["ignore", monitor, "ignore"] });
        const flagged = spawn("redis-cli", ["-p", String(port), flag], { stdio: "ignore" });
        await sleep(500);
        redis("EVALSHA", hash, "0", "7");
        await sleep(1500);
        flagged.kill();
        watching.kill();
        closeSync(monitor);
        kit.add(kit.gzip(`monitor${flag}.txt`), { role: `monitor ${flag}`, command: `redis-cli MONITOR > monitor${flag}.txt, while redis-cli ${flag} runs for 2 s and one EVALSHA`, about: "every command the server saw" });
      }
      record("doctor-default", redis("LATENCY", "DOCTOR"), "redis-cli LATENCY DOCTOR", "with latency-monitor-threshold as it comes");
      redis("CONFIG", "SET", "latency-monitor-threshold", "100");
      for (let i = 0; i < 6; i++) redis("EVALSHA", hash, "0", "7");
      record("doctor-100ms", redis("LATENCY", "DOCTOR"), "redis-cli CONFIG SET latency-monitor-threshold 100, six EVALSHA over 100000 keys, LATENCY DOCTOR", "with a threshold of 100 ms");
      record("latency-latest", redis("--no-raw", "LATENCY", "LATEST"), "redis-cli --no-raw LATENCY LATEST", "the events behind it");
    } finally {
      await stopRedis(server);
    }
  },
};

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a command prints, stopped after so many ms (0: not stopped). */
async function printed(command, args, ms) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk) => { text += chunk; });
  const timer = ms > 0 ? setTimeout(() => child.kill(), ms) : undefined;
  const status = await new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  clearTimeout(timer);
  return `exit status ${status}\n${text}`;
}
