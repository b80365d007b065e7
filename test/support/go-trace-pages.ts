import { spawn } from "node:child_process";
import { createServer } from "node:net";

/**
 * Serves a trace with `go tool trace` and hands its address to `use`; the server ends with it.
 * It would open a browser: `true` is one that shows nothing.
 */
export async function withGoTracePages<T>(file: string, use: (url: string) => Promise<T>): Promise<T> {
  const address = `127.0.0.1:${await freePort()}`;
  // Alone in its process group, for go runs the tool as a child.
  const server = spawn("go", ["tool", "trace", `-http=${address}`, file], {
    env: { ...process.env, BROWSER: "true" },
    stdio: "ignore",
    detached: true,
  });
  try {
    await answered(`http://${address}/`);
    return await use(`http://${address}`);
  } finally {
    process.kill(-(server.pid as number));
  }
}

async function answered(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await fetch(url);
      return;
    } catch (error) {
      if (attempt === 200) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
