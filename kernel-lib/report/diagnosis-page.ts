import type { ColumnTable } from "arquero";
import type { ChartSpec } from "../chart/chart-spec.js";
import { criticalPathChart } from "../chart/critical-path-chart.js";
import { findingsChart } from "../chart/findings-chart.js";
import { renderSvg } from "../chart/render-svg.js";
import { stateTimeline } from "../chart/state-timeline.js";
import type { Diagnosis } from "../diagnose/diagnosis.js";
import { worstRequest } from "../diagnose/worst-request.js";
import { markdown } from "../verdict/markdown.js";
import { notebookHtml, type ReportOutput } from "./notebook-html.js";
import { page } from "./page.js";

/**
 * A diagnosis as one HTML page: the sentence, the findings, the worst request to check, what it was not and what is not
 * known, what was `lost` with files that could not be read included.
 */
export async function diagnosisPage(diagnosis: Diagnosis, lost: readonly string[] = []): Promise<string> {
  const told = diagnosis.toJSON();
  const missing = [...told.missing, ...lost];
  const outputs: ReportOutput[] = [
    prose(markdown`**${told.answer}**`.text),
    prose(markdown`${told.slow.text}.`.text),
  ];
  if (told.findings.length > 0) outputs.push(await drawing(findingsChart(diagnosis.findings)));
  for (const { rank, text, next } of told.findings)
    outputs.push(prose(markdown`${rank}. ${text} *${next}*`.text));
  outputs.push(...(await worstOutputs(diagnosis)));
  if (told.slow.count > 0) {
    const out = told.ruled_out.map(({ text }) => text).join("; ");
    outputs.push(prose(markdown`Ruled out: ${out || "nothing"}.`.text));
    outputs.push(prose(markdown`Unexplained: ${Math.round(100 * told.unexplained_share)} %.`.text));
  }
  if (missing.length > 0) outputs.push(prose(markdown`Not known: ${missing.join("; ")}.`.text));
  const notebook = {
    cells: [
      { cell_type: "markdown", source: "# Why the slow requests were slow" },
      { cell_type: "code", source: "", outputs },
    ],
  };
  const { title, html, headings } = notebookHtml(notebook);
  return page({ title, body: html, headings });
}

async function worstOutputs(diagnosis: Diagnosis): Promise<ReportOutput[]> {
  const worst = worstRequest(diagnosis);
  if (!worst || !diagnosis.trace) return [];
  const { request, start_ns, end_ns, dur_ns } = worst.request;
  const margin = 0.06 * dur_ns;
  const window = { from_ns: start_ns - margin, to_ns: end_ns + margin, goroutines: worst.goroutines };
  return [
    prose(
      markdown`The worst of them is request ${request}: its goroutines around its own time, and its critical path.`
        .text,
    ),
    await drawing(stateTimeline(diagnosis.trace, window)),
    await drawing(criticalPathChart(worst.path)),
    prose("Where it stood longest, and where that ended:"),
    stackOutput(worst.stack),
    stackOutput(worst.behind),
  ];
}

function stackOutput(stack: ColumnTable): ReportOutput {
  const rows = stack.objects() as { func: string; file: string; line: number }[];
  const lines = rows.map(({ func, file, line }) => `${func}\n    ${file}:${line}`);
  return { output_type: "display_data", data: { "text/plain": lines.join("\n") || "no stack was recorded" } };
}

function prose(text: string): ReportOutput {
  return { output_type: "display_data", data: { "text/markdown": text } };
}

async function drawing(spec: ChartSpec): Promise<ReportOutput> {
  return {
    output_type: "display_data",
    data: {
      "application/vnd.vegalite.v5+json": spec,
      "image/svg+xml": await renderSvg(spec),
      "text/plain": spec.description,
    },
  };
}
