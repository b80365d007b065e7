// The kernel beside a plain tslab and Deno's kernel, all over Jupyter's wire: what of the everyday cells of
// test/kernel/everyday-cells.ts each shows as a person expects, and what starting, importing and running cells costs.
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { importModule } from "../../kernel-lib/dist/kernel/session/import-module.js";
import { median, rounded } from "./support/measure.mjs";
import { installNpm } from "./support/npm-programs.mjs";

// The suite and its client are TypeScript; the kernel's own imports read them.
const typescript = (path) => importModule(path, import.meta.dirname);
const { KernelClient } = await typescript("../support/kernel-client.ts");
const { makeCellsFolder } = await typescript("../support/cells-folder.ts");
const { seenIn } = await typescript("../support/seen.ts");
const { showsLoosely } = await typescript("../support/shows-loosely.ts");
const { everydayCells } = await typescript("../kernel/everyday-cells.ts");

const tslabVersion = "1.0.22";
const denoVersion = "2.9.6";
const cellLimit_ms = 10_000;
const trivialCells = 300;
const floodMessages = 2000;
const node = Number(process.versions.node.split(".")[0]);

export async function run({ quick }) {
  const notes = [
    "over the wire, each kernel in a process of its own; contenders alternate; medians",
    "everyday cells: a row counts when each of its cells shows what a person expects; a last value may come as printed text, and of an error name, message and line are asked, not the layout",
    "memory: resident, of the kernel's processes together",
  ];
  const kernels = contenders(notes);
  const folder = makeCellsFolder();
  try {
    const tables = {
      "everyday cells shown as expected": await scores(kernels, folder),
      ...(await timings(kernels, folder, quick ? 2 : 5, notes)),
      "help while typing (Tracebook)": await helpTimes(folder, quick ? 10 : 50),
    };
    return { title: "The kernel, a plain tslab and Deno", notes, tables };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each kernel: how it is started, its first import, and for how long it ignores cells behind one that failed. */
function contenders(notes) {
  const kernels = [{ name: "tracebook", imports: "tracebook", command: undefined, pause_ms: 0 }];
  const tslab = installNpm("tslab", tslabVersion);
  if (tslab.missing) notes.push(`no figures of tslab: ${tslab.missing}`);
  else {
    const command = (file) => [process.execPath, tslab.file("bin/tslab"), "kernel", `--config-path=${file}`];
    kernels.push({ name: "tslab", imports: "arquero", command, pause_ms: 300 });
  }
  const deno = installNpm("deno", denoVersion);
  if (deno.missing) notes.push(`no figures of Deno: ${deno.missing}`);
  else if (!existsSync(deno.file("deno")))
    notes.push("no figures of Deno: its npm package has no program for this machine");
  else {
    const command = (file) => [deno.file("deno"), "jupyter", "--kernel", "--conn", file];
    kernels.push({ name: "Deno", imports: "tracebook", command, pause_ms: 0 });
  }
  return kernels;
}

async function scores(kernels, folder) {
  const seen = await Promise.all(kernels.map(() => undefined));
  for (const [index, kernel] of kernels.entries()) seen[index] = await score(kernel, folder);
  const topics = Object.entries(everydayCells).map(([topic, all]) => [topic, all.filter(runsHere)]);
  const rows = topics.map(([topic, all]) => ({
    topic,
    rows: all.length,
    ...Object.fromEntries(
      kernels.map(({ name }, at) => [name, all.filter((row) => seen[at].has(row)).length]),
    ),
  }));
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  const sums = Object.fromEntries(
    ["rows", ...kernels.map(({ name }) => name)].map((key) => [key, total(key)]),
  );
  return [...rows, { topic: "all", ...sums }];
}

function runsHere(row) {
  return (row.node ?? 0) <= node;
}

/** The rows that a kernel shows as expected, in one session as far as it survives them. */
async function score(kernel, folder) {
  const done = [];
  let session = await start(kernel, folder);
  for (const row of Object.values(everydayCells).flat().filter(runsHere)) {
    const sent = { row, session, ids: [] };
    done.push(sent);
    const before = session.published.length;
    for (const source of row.cells) {
      const id = session.sendCell(source);
      sent.ids.push(id);
      const outcome = await session.outcome(id, cellLimit_ms).catch(() => undefined);
      if (outcome?.reply.content.status !== "ok") await wait(kernel.pause_ms);
      if (outcome) continue;
      await session.stop();
      session = await start(kernel, folder);
      break;
    }
    if (session === sent.session && session.published.length > before + floodMessages) {
      // What is still on its way is this row's, and not to be counted against the next.
      await quiet(session);
      await session.stop();
      session = await start(kernel, folder);
    }
  }
  await session.stop();
  // Only now: what comes late counts too.
  return new Set(done.filter(showsItsRow(kernel)).map(({ row }) => row));
}

async function quiet(session) {
  for (let tries = 0, before = 0; tries < 20 && session.published.length > before; tries++) {
    before = session.published.length;
    await wait(1000);
  }
}

function showsItsRow(kernel) {
  return ({ row, session, ids }) => {
    const expected = Object.entries({ ...row.also, [row.cells.length - 1]: row.shows });
    const seen = ids.map((id) => seenIn(outputsOf(session, id)));
    const shows = expected.every(([index, shown]) => seen[index] && showsLoosely(seen[index], shown));
    if (!shows && process.env.BENCH_MISSED) console.error(kernel.name, row.what, JSON.stringify(seen));
    return shows;
  };
}

// An update goes out under the cell that asks for it, and changes an output of the cell that has it.
function outputsOf(session, id) {
  const own = session.of(id);
  const shown = new Set(own.map(displayId).filter(Boolean));
  const elsewhere = session.published.filter(
    (one) => one.type === "update_display_data" && one.parent !== id && shown.has(displayId(one)),
  );
  return [
    ...own.filter((one) => one.type !== "update_display_data" || shown.has(displayId(one))),
    ...elsewhere,
  ];
}

function displayId({ content }) {
  return content.transient?.display_id;
}

function start({ command }, cwd) {
  return KernelClient.start(undefined, { command, cwd, quiet: true });
}

async function timings(kernels, folder, rounds, notes) {
  const figures = new Map(kernels.map(({ name }) => [name, []]));
  const hung = new Map();
  for (let round = 0; round < rounds; round++) {
    for (const kernel of kernels) {
      const figure = await oneRun(kernel, folder);
      figures.get(kernel.name).push(figure);
      if (!(figure.answered === trivialCells)) hung.set(kernel.name, (hung.get(kernel.name) ?? 0) + 1);
    }
  }
  for (const [name, runs] of hung) notes.push(`${name} stopped answering in ${runs} of ${rounds} runs`);
  const middle = (name, key) =>
    median(
      figures
        .get(name)
        .map((one) => one[key])
        .filter(Number.isFinite),
    );
  const rows = Object.entries(measured).map(([key, what]) => {
    const row = { what };
    for (const { name } of kernels) row[name] = rounded(middle(name, key));
    if (figures.has("tslab")) row["of tslab's"] = rounded(middle("tracebook", key) / middle("tslab", key), 2);
    if (figures.has("Deno")) row["of Deno's"] = rounded(middle("tracebook", key) / middle("Deno", key), 2);
    return row;
  });
  return { "start, import, cells": rows };
}

const measured = {
  start_ms: "kernel's start to its first result, ms",
  import_ms: "first import (tracebook; tslab: arquero alone), ms",
  trivial_ms: "a trivial cell, ms",
  answered: "of 300 trivial cells, answered",
  early_ms: "the first 50 of them, ms",
  late_ms: "the last 50 of them, ms",
  memory_MiB: "memory after the first cells, MiB",
  later_MiB: "memory after 300 cells, MiB",
};

/** One kernel from its start to its end; one that stops answering has the figures of what it answered. */
async function oneRun({ command, imports }, cwd) {
  const began = performance.now();
  const session = await KernelClient.launch(undefined, { command, cwd, quiet: true });
  const cell = (code) => timed(() => session.outcome(session.sendCell(code), cellLimit_ms));
  const figures = {};
  const cells = [];
  try {
    await session.replyTo(session.sendCell("1 + 1"));
    figures.start_ms = performance.now() - began;
    figures.import_ms = await cell(`import * as first from ${JSON.stringify(imports)}`);
    for (let warm = 0; warm < 20; warm++) await cell(`${warm} + 1`);
    figures.memory_MiB = memoryOf(session.child.pid);
    while (cells.length < trivialCells) cells.push(await cell(`${cells.length} + 1`));
  } catch {
    // It is counted as one that stopped answering.
  }
  if (cells.length > 0) {
    figures.later_MiB = memoryOf(session.child.pid);
    figures.trivial_ms = median(cells);
    figures.early_ms = median(cells.slice(0, 50));
    figures.late_ms = median(cells.slice(-50));
  }
  await session.stop();
  return { ...figures, answered: cells.length };
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Where Linux says so: what a process and those it started hold. */
function memoryOf(pid) {
  try {
    const kib = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
    );
    return children.reduce((sum, child) => sum + memoryOf(child), kib / 1024);
  } catch {
    return Number.NaN;
  }
}

async function helpTimes(folder, rounds) {
  const session = await start({}, folder);
  await session.execute(
    "import { table } from 'arquero'; import { schedLatency } from 'tracebook'; const waits = table({ wait_ns: [1], g: [2] })",
  );
  const ask = (type, code) => {
    const content = { code, cursor_pos: code.length, detail_level: 0 };
    return session.request("shell", type, content);
  };
  const asked = {
    "completion of a column: waits.filter((d) => d.wa": ["complete_request", "waits.filter((d) => d.wa"],
    "completion of a verb: waits.gr": ["complete_request", "waits.gr"],
    "hover on a table": ["inspect_request", "waits"],
    "hover on a function": ["inspect_request", "schedLatency"],
  };
  const rows = [];
  for (const [what, [type, code]] of Object.entries(asked)) {
    const first_ms = rounded(await timed(() => ask(type, code)));
    const times = [];
    for (let round = 0; round < rounds; round++) times.push(await timed(() => ask(type, code)));
    rows.push({
      what,
      "first, ms": first_ms,
      "median, ms": rounded(median(times)),
      "slowest, ms": rounded(Math.max(...times)),
    });
  }
  await session.stop();
  return rows;
}

function wait(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
