import { ink } from "./palette.js";
import { shortened } from "./short-name.js";

/**
 * A Vega-Lite specification (version 5 schema, features up to 5.6) with its data inside: a plain object to draw,
 * edit or save. `description` is the chart in one sentence, computed from the data.
 */
export interface ChartSpec {
  $schema: string;
  description: string;
  [property: string]: unknown;
}

/** Options that every chart takes. */
export interface ChartOptions {
  /** Instead of the title that says what is seen. */
  title?: string;
  width?: number;
  height?: number;
}

/** What a chart fills in: the sentence, the title's lines, and the parts of the specification. */
export interface ChartParts {
  title: string;
  subtitle?: string | readonly string[];
  description: string;
  /** The drawn width, labels included, where it is wider than the plot: what the title may take. */
  titleWidth?: number;
  [part: string]: unknown;
}

/** Puts the frame that all charts share around a chart: schema, title, quiet axes, transparent ground. */
export function chartSpec(parts: ChartParts, options: ChartOptions = {}): ChartSpec {
  const { title, subtitle, description, titleWidth, ...rest } = parts;
  const lines = typeof subtitle === "string" ? [subtitle] : [...(subtitle ?? [])];
  const room = Math.floor((options.width ?? titleWidth ?? defaultWidth) / 6.2);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description,
    background: "transparent",
    title: {
      text: wrap(options.title ?? title, Math.floor(room * 0.72)),
      ...(lines.length > 0 && { subtitle: lines.flatMap((line) => wrap(line, room)) }),
    },
    width: defaultWidth,
    height: 240,
    ...rest,
    ...(options.width !== undefined && { width: options.width }),
    ...(options.height !== undefined && { height: options.height }),
    config: { ...frame, ...(rest.config as object) },
  };
}

/** The drawing width of a chart at notebook width, in pixels. */
export const defaultWidth = 640;

/** Zoom by wheel and pan by drag along the named channels, for the layer that carries it. */
export function zoom(...encodings: ("x" | "y")[]): Record<string, unknown> {
  return { name: "zoom", select: { type: "interval", encodings }, bind: "scales" };
}

// Long titles are cut into lines: a title wider than the drawing would be clipped in a page.
function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const whole of text.replace(/\s*[\r\n\t]\s*/g, " ").split(beforeNoUnit)) {
    const word = shortened(whole, Math.floor(room * 0.88));
    if (line && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  lines.push(line);
  return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 1), `${lines[mostLines - 1]} …`];
}

const mostLines = 4;

/** The part of a legend that breaks it into columns where its labels do not fit into one line; none where they do. */
export function legendColumns(labels: readonly string[], width: number = defaultWidth): { columns?: number } {
  const wide = labels.map((label) => Math.min(legendLabel, label.length * 6.4) + symbolRoom);
  if (wide.reduce((sum, each) => sum + each, 0) <= width) return {};
  return { columns: Math.max(1, Math.floor(width / Math.max(...wide))) };
}

const legendLabel = 260;
const symbolRoom = 30;

// A number and its unit stay on one line.
const beforeNoUnit = / (?!(?:[nµm]?s|%|B|[KMG]iB)(?:[\s,;:.)/]|$))/;

const font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";

/** How the library's charts look: Vega-Lite's config. */
export const frame: Readonly<Record<string, string | object>> = {
  font,
  view: { stroke: null },
  // Thousands of labelled marks help nobody who listens; the description tells the chart in a sentence.
  mark: { aria: false },
  title: {
    anchor: "start",
    frame: "bounds",
    color: ink.strong,
    subtitleColor: ink.text,
    fontSize: 15,
    subtitleFontSize: 11.5,
    subtitlePadding: 4,
    offset: 12,
  },
  axis: {
    labelColor: ink.text,
    titleColor: ink.text,
    domainColor: ink.line,
    tickColor: ink.line,
    gridColor: ink.line,
    gridOpacity: 0.18,
    titleFontWeight: "normal",
    titleFontSize: 11.5,
    labelFontSize: 11,
    labelSeparation: 6,
    // Beyond Vega's 200 pixels, where long names would lie under the axis title.
    maxExtent: 360,
  },
  axisQuantitative: { labelFlush: true },
  legend: {
    labelColor: ink.text,
    titleColor: ink.text,
    titleFontWeight: "normal",
    labelLimit: legendLabel,
    orient: "top",
    direction: "horizontal",
    // A legend shows the colour itself, not the transparency of the marks.
    symbolOpacity: 1,
  },
  header: { labelColor: ink.text, titleColor: ink.text },
};
