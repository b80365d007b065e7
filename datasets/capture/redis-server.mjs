// A Redis of its own for a capture: nothing on disk, on a port of loopback, stopped afterwards.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export const port = 7391;

export async function startRedis(folder) {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const server = spawn("nice", ["-n", "-5", "redis-server", ...args], { stdio: "ignore" });
  for (let i = 0; i < 100; i++) {
    if (redis("PING").trim() === "PONG") return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("redis-server does not answer");
}

/** Runs redis-cli with a command; returns what it prints. */
export function redis(...command) {
  return spawnSync("redis-cli", ["-p", String(port), ...command], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
}

/** CPU time the server has used, in ns. */
export function cpuNs(server) {
  const stat = readFileSync(`/proc/${server.pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1e7; // ticks of 10 ms
}
