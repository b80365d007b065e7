import { withoutControls } from "../bytes/escape-html.js";

/** What is wrong with a specification, in one line. */
export class ChartError extends Error {
  override readonly name: string = "ChartError";
}

/** Collects what Vega and Vega-Lite warn of, and raises what they call an error. */
export interface ChartWarnings {
  readonly messages: string[];
}

/**
 * Draws a Vega-Lite or Vega specification as SVG text with xmlns, as pages and code hosts show it.
 * Vega is loaded when the first chart is drawn; text widths are those of one font's table, so that no canvas is needed and
 * the drawing is the same on every machine.
 *
 * @param warnings collects what the compiler and the runtime warn of
 * @throws ChartError when the specification cannot be drawn
 */
export async function renderSvg(spec: object, warnings: ChartWarnings = { messages: [] }): Promise<string> {
  const [vega, { textWidth }] = await Promise.all([import("vega"), import("./text-width.js")]);
  // Its types leave out what it offers for this.
  (vega as unknown as { textMetrics: { width: typeof textWidth } }).textMetrics.width = textWidth;
  const logger = collector(warnings);
  try {
    const parsed = vega.parse((await compiled(spec, logger)) as never);
    const view = new vega.View(parsed, { renderer: "none", logger: logger as never });
    try {
      return rounded(withoutControls(await view.toSVG()));
    } finally {
      view.finalize();
    }
  } catch (cause) {
    if (cause instanceof ChartError) throw cause;
    throw new ChartError(`cannot draw the chart: ${(cause as Error).message}`, { cause });
  }
}

/** True for an object that says by its `$schema` that it is a Vega-Lite or Vega specification. */
export function isChartSpec(value: unknown): value is { $schema: string; description?: string } {
  const schema = (value as { $schema?: unknown } | null)?.$schema;
  return typeof schema === "string" && /\/vega(?:-lite)?\/v\d/.test(schema);
}

// Sixteen digits a coordinate would double the size of a notebook; a hundredth of a pixel cannot be seen. Scales and
// rotations are left alone, since they multiply, and so is text that looks like an attribute.
function rounded(svg: string): string {
  return svg.replace(/<[a-zA-Z][^>]*>/g, roundedTag);
}

function roundedTag(tag: string): string {
  return tag.replace(/ (?:d|x|y|x1|x2|y1|y2|width|height|transform)="[^"]*"/g, (attribute) =>
    / transform="(?!translate\([^)]*\)")/.test(attribute)
      ? attribute
      : attribute.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (digits) =>
          String(Math.round(Number(digits) * 100) / 100),
        ),
  );
}

async function compiled(spec: object, logger: unknown): Promise<unknown> {
  if (!/\/vega-lite\//.test((spec as { $schema?: string }).$schema ?? "/vega-lite/")) return spec;
  const { compile } = await import("vega-lite");
  return compile(spec as never, { logger: logger as never }).spec;
}

// Both libraries take a logger of this shape, every method of which returns the logger.
function collector(warnings: ChartWarnings): object {
  const logger = {
    level: () => logger,
    error: (...parts: unknown[]) => {
      throw new ChartError(parts.map(String).join(" "));
    },
    warn: (...parts: unknown[]) => {
      const message = parts.map(String).join(" ");
      // Outside a browser there is no window to listen to; nothing of the picture depends on it.
      if (message !== "Can not resolve event source: window") warnings.messages.push(message);
      return logger;
    },
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
