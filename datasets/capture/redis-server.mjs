// A Redis of its own for a capture: nothing on disk, on a port of loopback, stopped afterwards.
import { spawn, spawnSync } from "node:child_process";

export const port = 7391;

export async function startRedis(folder) {
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  // In real time where that may be: a server that other work keeps off the processor looks slower than it is.
  const [command, ...before] = process.getuid?.() === 0 ? ["chrt", "-r", "10", "redis-server"] : ["redis-server"];
  const server = spawn(command, [...before, ...args], { stdio: "ignore" });
  for (let i = 0; i < 100; i++) {
    if (redis("PING").trim() === "PONG") return server;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("redis-server does not answer");
}

/** Stops it and waits until its port is free again. */
export async function stopRedis(server) {
  const ended = new Promise((resolve) => server.on("close", resolve));
  server.kill();
  await ended;
}

/** Runs redis-cli with a command; returns what it prints. */
export function redis(...command) {
  return spawnSync("redis-cli", ["-p", String(port), ...command], { encoding: "utf8", maxBuffer: 1 << 28 }).stdout;
}
