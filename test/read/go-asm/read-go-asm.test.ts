import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { GoAsmCapture } from "#lib/capture/formats.js";
import { load } from "#lib/capture/load.js";
import { readGoAsm } from "#lib/read/go-asm/read-go-asm.js";
import { openInput } from "#lib/read/open-input.js";
import { countLines } from "../../support/count-lines.js";
import { hasGo } from "../../support/go-tool.js";

const fixtures = resolve(import.meta.dirname, "../../fixtures/go-asm");
const program = resolve(import.meta.dirname, "../../fixtures/go-escape");

async function countOpcode(path: string, opcode: string): Promise<number> {
  const { instructions } = await readGoAsm(await openInput(path));
  return [...instructions].filter((row) => row.opcode === opcode).length;
}

describe.each(["go1.21.13-S.txt", "go1.26.8-S.txt"])("%s", (name) => {
  const path = join(fixtures, name);

  test("is recognised, every instruction is read and nothing is lost", async () => {
    const listing = (await load(path)) as GoAsmCapture;
    expect(listing.kind).toBe("go-asm");
    expect(listing.unparsed.numRows()).toBe(0);
    // An instruction line has a five-digit decimal offset behind the hex one.
    expect(listing.instructions.numRows()).toBe(countLines("^\t0x[0-9a-f]+ [0-9]{5} ", path));
    expect(listing.functions.numRows()).toBe(countLines(" STEXT ", path));
  });

  test.each(["CALL", "MOVUPS", "PCDATA", "RET", "DUFFCOPY"])(
    "%s is counted as grep counts it",
    async (opcode) => {
      expect(await countOpcode(path, opcode)).toBe(countLines(`\\)\t${opcode}(\t|$)`, path));
    },
  );
});

describe.each(["go1.26.8-objdump.txt", "go1.26.8-objdump-gnu.txt"])("%s", (name) => {
  const path = join(fixtures, name);

  test("is recognised, with addresses and machine code", async () => {
    const listing = (await load(path)) as GoAsmCapture;
    expect(listing.summary()).toMatchObject({ form: "objdump", functions: 1, unparsed_lines: 0 });
    expect(listing.instructions.numRows()).toBe(countLines("^  [^ ]+:[0-9]+\t", path));
    expect(listing.instructions.object(0)).toMatchObject({
      function: "main.main",
      file: "main.go",
      line: 5,
      offset_bytes: 0,
      opcode: "LEAQ",
      operands: "0xfffffc58(SP), R12",
    });
  });

  test.each(["CALL", "MOVUPS", "JNE"])("%s is counted as grep counts it", async (opcode) => {
    expect(await countOpcode(path, opcode)).toBe(countLines(`\t${opcode} `, path));
  });
});

test("offsets follow from the addresses", async () => {
  const listing = (await load(join(fixtures, "go1.26.8-objdump.txt"))) as GoAsmCapture;
  const rows = listing.instructions.objects() as { pc: string; offset_bytes: number }[];
  const start = Number.parseInt(rows[0].pc, 16);
  for (const row of rows) {
    expect((start + row.offset_bytes).toString(16)).toBe(row.pc);
  }
});

test.skipIf(!hasGo)(
  "the machine code of a function is as long in both forms (skipped without Go)",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "tracebook-asm-"));
    const binary = join(folder, "prog");
    const compile = spawnSync(
      "go",
      ["build", "-a", "-trimpath", "-gcflags=example.com/...=-S", "-o", binary, "./cmd"],
      {
        cwd: program,
        encoding: "utf8",
        env: { ...process.env, GOFLAGS: "-buildvcs=false" },
      },
    );
    expect(compile.status).toBe(0);
    const dump = execFileSync("go", ["tool", "objdump", "-s", "^main\\.main$", binary], { encoding: "utf8" });
    writeFileSync(join(folder, "dump.txt"), dump);
    const { functions } = await readGoAsm(await openInput(Buffer.from(compile.stderr)));
    const compiled = functions.find((row) => row.function === "main.main");
    const [dumped] = (await readGoAsm(await openInput(join(folder, "dump.txt")))).functions;
    // objdump goes on to the next function's start, over the padding between them.
    const padding = (dumped.size_bytes ?? 0) - (compiled?.size_bytes ?? 0);
    expect(padding).toBeGreaterThanOrEqual(0);
    expect(padding).toBeLessThan(32);
  },
);
