// A PostgreSQL of its own for a capture: its data in a folder that is removed, on a port of loopback, stopped afterwards.
import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const port = 7410;
/** What a program opens to reach it. */
export const database = `host=127.0.0.1 port=${port} user=shop dbname=postgres sslmode=disable`;

/** The folder of the newest release installed, as Debian lays them out; undefined where there is none. */
export function postgresPrograms() {
  const root = "/usr/lib/postgresql";
  const newest = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  return newest && join(root, newest, "bin");
}

export async function startPostgres() {
  const programs = postgresPrograms();
  if (!programs) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  const data = mkdtempSync(join(tmpdir(), "postgres-"));
  // The server refuses to be root: it is then the user that the package made.
  const ids = process.getuid?.() === 0 ? userIds("postgres") : {};
  if (ids.uid) chownSync(data, ids.uid, ids.gid);
  const options = { ...ids, cwd: data, stdio: "ignore" };
  const made = spawnSync(join(programs, "initdb"), ["-D", data, "-U", "shop", "-A", "trust", "--no-sync"], options);
  if (made.status !== 0) throw new Error(`initdb ended with ${made.status}`);
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off", autovacuum: "off", jit: "off" };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(programs, "postgres"), ["-D", data, ...args], options);
  const server = { child, data };
  for (let i = 0; i < 200; i++) {
    if (spawnSync(join(programs, "pg_isready"), ["-h", "127.0.0.1", "-p", String(port)]).status === 0) {
      // In real time where that may be: what it starts for each connection inherits it.
      if (ids.uid) spawnSync("chrt", ["-r", "-p", "1", String(child.pid)]);
      return server;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stopPostgres(server);
  throw new Error("PostgreSQL does not answer");
}

/** Stops it at once and removes its data. */
export async function stopPostgres({ child, data }) {
  const ended = new Promise((resolve) => child.on("close", resolve));
  child.kill("SIGQUIT");
  await ended;
  rmSync(data, { recursive: true, force: true });
}

function userIds(name) {
  const id = (flag) => Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout);
  return { uid: id("-u"), gid: id("-g") };
}
