import { resolve } from "node:path";
import { Command } from "commander";
import { CaptureError } from "../bytes/capture-error.js";
import type { Capture } from "../capture/capture.js";
import type { Diagnosis, Finding } from "../diagnose/diagnosis.js";
import { captureFiles } from "./capture-files.js";
import { loadCapture } from "./load-options.js";
import { jsonText, note, print, printable } from "./output.js";
import { UsageError } from "./usage-error.js";

interface DiagnoseFlags {
  json?: boolean;
  html?: string;
  slow: number;
}

/** `tracebook diagnose FILE...`: why the slow requests were slow, in ten lines, as JSON or as a page. */
export function diagnoseCommand(): Command {
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
      const { diagnose } = await import("../diagnose/diagnose.js");
      const captures: Capture[] = [];
      for (const file of files) {
        try {
          captures.push(await loadCapture(file, {}));
        } catch (error) {
          // In a folder there may be other files beside captures; what was named has to be one.
          if (paths.includes(file) || !(error instanceof CaptureError)) throw error;
          note(`tracebook: left out: ${error.message}`);
        }
      }
      const diagnosis = diagnose(captures, { slow: flags.slow });
      if (flags.html !== undefined) {
        const path = resolve(flags.html);
        if (files.some((file) => resolve(file) === path)) {
          throw new UsageError(`${flags.html}: is one of the captures; write the page elsewhere`);
        }
        const { writeDiagnosisPage } = await import("../report/diagnosis-page.js");
        await writeDiagnosisPage(diagnosis, path);
        note(`tracebook: ${flags.html} written`);
      }
      await print(flags.json ? `${jsonText(diagnosis.toJSON())}\n` : page(diagnosis));
    });
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

function page(diagnosis: Diagnosis): string {
  const { answer, slow, findings, ruled_out, unexplained_share, missing, hints = [] } = diagnosis.toJSON();
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
