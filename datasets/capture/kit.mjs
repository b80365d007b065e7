// What the capture sets share: building with a given Go release, running, and writing dataset.json.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir, totalmem } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export const here = dirname(fileURLToPath(import.meta.url));
/** Full version of each Go release that sets are captured on. */
export const goReleases = { 1.21: "1.21.13", 1.23: "1.23.12", 1.26: "1.26.8" };

/** One capture set in the making: a folder under datasets/ and the list of its files. */
export class Kit {
  constructor(set, { out = join(here, "..", set.name) } = {}) {
    this.set = set;
    this.out = out;
    // Profiles and traces may hold the path of the binary, so it is the same neutral one everywhere.
    this.bin = process.env.CAPTURE_BIN ?? "/opt/orders";
    mkdirSync(this.bin, { recursive: true });
    this.work = mkdtempSync(join(tmpdir(), "capture-"));
    this.files = [];
    this.loads = [];
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
  }

  /** The path of a file of the set. */
  path(name) {
    return join(this.out, name);
  }

  /** The environment that makes `go` be a given release. */
  goEnv(go) {
    return { ...process.env, GOTOOLCHAIN: `go${goReleases[go]}`, CGO_ENABLED: "0", GOFLAGS: "-trimpath" };
  }

  /** Runs `go ARGS` of a release in the Go module; returns stdout, stderr and status. */
  go(go, args, options = {}) {
    return spawnSync("go", args, {
      cwd: options.cwd ?? here,
      env: { ...this.goEnv(go), ...options.env },
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
  }

  /** Builds a package of the Go module; returns the path of the program. */
  build(go, packagePath, { name = basename(packagePath), flags = [], env, cwd } = {}) {
    const program = join(this.bin, `${name}-go${go}`);
    const { status, stderr } = this.go(go, ["build", ...flags, "-o", program, packagePath], { env, cwd });
    if (status !== 0) throw new Error(`go build ${packagePath} on Go ${go}: ${stderr}`);
    return program;
  }

  /** Runs a program to its end, where `realtime` is its priority or true; stdout and stderr are returned, or go to the files named. */
  async run(program, args = [], { env = {}, stdout, stderr, nice = -5, realtime = false, allowFailure = false, cwd } = {}) {
    this.loads.push(loadavg()[0]);
    const outFile = stdout ? openSync(stdout, "w") : undefined;
    const errFile = stderr ? openSync(stderr, "w") : undefined;
    const [command, list] = prioritised(realtime ? ["chrt", "-r", realtime === true ? "10" : String(realtime)] : ["nice", "-n", String(nice)], program, args);
    const child = spawn(command, list, {
      cwd: cwd ?? this.out,
      env: { PATH: process.env.PATH, HOME: "/nonexistent", LANG: "C", ...env },
      stdio: ["ignore", outFile ?? "pipe", errFile ?? "pipe"],
    });
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"]) {
      child[stream]?.setEncoding("utf8").on("data", (chunk) => {
        text[stream] += chunk;
      });
    }
    const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
    if (outFile) closeSync(outFile);
    if (errFile) closeSync(errFile);
    if (status !== 0 && !allowFailure) throw new Error(`${basename(program)} ended with ${status}: ${text.stderr}`);
    return { status, ...text };
  }

  /** Writes a text file of the set, gzipped when its name ends in .gz. */
  write(name, text) {
    writeFileSync(this.path(name), name.endsWith(".gz") ? gzipSync(text, { level: 9 }) : text);
    return this.path(name);
  }

  /** Packs a file of the set; returns its new name. */
  gzip(name) {
    writeFileSync(this.path(`${name}.gz`), gzipSync(readFileSync(this.path(name)), { level: 9 }));
    rmSync(this.path(name));
    return `${name}.gz`;
  }

  /** Enters a file into dataset.json: what it is, and what made it. */
  add(file, { role, go, command, about }) {
    this.files.push({ file, role, ...(go && { go: goReleases[go] ?? go }), command, about });
  }

  /** Writes dataset.json and clears what was only needed to capture. */
  finish() {
    const programs = [this.set.program].flat();
    const record = {
      name: this.set.name,
      about: this.set.about,
      chapters: this.set.chapters,
      licence: "MIT",
      make: `node datasets/capture/capture.mjs ${this.set.name}`,
      program: programs.map((path) => ({ path: `datasets/capture/${path}`, sha256: folderHash(join(here, path)) })),
      commit: lastCommit(programs),
      date: new Date().toISOString().slice(0, 10),
      machine: machine(this.loads),
      ...(this.set.selection && { selection: this.set.selection }),
      files: this.files.map((entry) => {
        const bytes = readFileSync(this.path(entry.file));
        return { ...entry, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
      }),
    };
    writeFileSync(this.path("dataset.json"), `${JSON.stringify(record, null, 2)}\n`);
    rmSync(this.work, { recursive: true, force: true });
  }
}

/** One hash over the sources of a folder: of each file's path and content, in order of path. */
export function folderHash(folder) {
  const hash = createHash("sha256");
  for (const file of filesUnder(folder)) hash.update(relative(folder, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function filesUnder(folder) {
  if (statSync(folder).isFile()) return [folder];
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

// The last commit of the programs; they are to be committed before a set is captured.
function lastCommit(paths) {
  return execFileSync("git", ["log", "-1", "--format=%H", "--", ...paths], { cwd: here, encoding: "utf8" }).trim();
}

function machine(loads) {
  const flags = /^flags.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[0] ?? "";
  return {
    cpu: cpus()[0].model,
    cores: cpus().length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release().replace(/-.*/, "")}`,
    virtual: flags.includes("hypervisor"),
    shared: true,
    load_average_before_runs: loads.map((load) => Math.round(load * 100) / 100),
  };
}

// A higher priority keeps other work on the machine out of timings (real time: all of it); only root may ask for it.
function prioritised(how, program, args) {
  if (process.getuid?.() !== 0) return [program, args];
  return [how[0], [...how.slice(1), program, ...args]];
}

/** Nearest-rank quantile. */
export function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
