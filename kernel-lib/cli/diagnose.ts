import { Command } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import type { Capture } from "../capture/capture.js";
import { refuseInputs, writeWhole } from "../capture/write-whole.js";
import type { Diagnosis, Finding } from "../diagnose/diagnosis.js";
import { captureFiles } from "./capture-files.js";
import type { Fail } from "./execute-notebook.js";
import { loadCapture } from "./load-options.js";
import { jsonText, note, print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

interface DiagnoseFlags {
  json?: boolean;
  html?: string;
  slow: number;
}

/** `tracebook diagnose FILE...`: why the slow requests were slow, in ten lines, as JSON or as a page. */
export function diagnoseCommand(fail: Fail): Command {
  return new Command("diagnose")
    .description("why the slow requests were slow, ranked")
    .argument(
      "<files...>",
      "a trace, and what else there is: an operations log, profiles, GODEBUG, Redis; or a folder of these",
    )
    .option("--json", "as one JSON object")
    .option("--html <path>", "also write a page")
    .option("--slow <quantile>", "requests from this quantile on are slow", parseQuantile, 0.99)
    .addHelpText("after", "\nExample: tracebook diagnose service.trace operations.csv")
    .action(async (paths: string[], flags: DiagnoseFlags) => {
      const files = await captureFiles(paths);
      if (flags.html !== undefined) await refuseInputs(flags.html, files);
      const { captures, unread } = await loadReadable(files, new Set(paths));
      for (const message of unread) note(`tracebook: ${message}`);
      if (unread.length > 0) fail(2);
      if (captures.length === 0 && unread.length > 0) return;
      const { diagnose } = await import("../diagnose/diagnose.js");
      const diagnosis = diagnose(captures, { slow: flags.slow });
      const lost = unread.map((message) => `what is in ${message}`);
      if (flags.html !== undefined) {
        const { diagnosisPage } = await import("../report/diagnosis-page.js");
        await writeWhole(flags.html, await diagnosisPage(diagnosis, lost), { inputs: files });
        note(`tracebook: ${flags.html} written`);
      }
      const told = diagnosis.toJSON();
      const json = { ...told, missing: [...told.missing, ...lost] };
      await print(flags.json ? `${jsonText(json)}\n` : page(json));
    });
}

/** The captures that can be read, and the errors of the others. */
async function loadReadable(
  files: readonly string[],
  named: ReadonlySet<string>,
): Promise<{ captures: Capture[]; unread: string[] }> {
  const captures: Capture[] = [];
  const unread: string[] = [];
  for (const file of files) {
    try {
      captures.push(await loadCapture(file, {}));
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      // In a folder there may be other files beside captures; what was named has to be one.
      if (named.has(file)) unread.push(error.message);
      else note(`tracebook: left out: ${error.message}`);
    }
  }
  return { captures, unread };
}

function parseQuantile(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) {
    throw new UsageError(
      `--slow ${JSON.stringify(text)} is not a quantile; write 0.99 for the slowest hundredth`,
    );
  }
  return value;
}

function page(diagnosis: ReturnType<Diagnosis["toJSON"]>): string {
  const { answer, slow, findings, ruled_out, unexplained_share, missing, hints = [] } = diagnosis;
  const lines = [answer, ""];
  if (slow.count > 0) lines.push(`${slow.text}.`);
  for (const finding of findings.slice(0, 3)) lines.push(...findingLines(finding));
  if (slow.count > 0) {
    const out = ruled_out.map(({ text }) => text).join(", ");
    lines.push(`Ruled out: ${out || "nothing"}. Unexplained: ${Math.round(100 * unexplained_share)} %.`);
  }
  if (findings[0]) lines.push(`Next: ${findings[0].next}`);
  for (const hint of hints.slice(1)) lines.push(`${hint}.`);
  if (missing.length > 0) lines.push(`Not known: ${missing.join("; ")}.`);
  return `${lines.map(printable).join("\n")}\n`;
}

function findingLines({ rank, text }: Finding): string[] {
  const [sentence, rest] = text.split(/(?<=\.) (?=That is )/);
  // The first one's sentence is the answer.
  return rank === 1
    ? [`1. ${rest ?? sentence}`]
    : [`${rank}. ${sentence}${rest === undefined ? "" : ` ${rest}`}`];
}
