import measure from "anafanafo";

/** What a text mark of Vega says of its font. */
interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
  /** No more of a text is drawn than fits into this, in pixels. */
  limit?: number;
}

/**
 * The width of a text in pixels, from Verdana's own widths: of the fonts that a page may take for `system-ui` the widest is as
 * wide (DejaVu Sans), so that labels keep clear of each other in all of them. Vega's own guess, where there is no canvas, is
 * 0.8 em a character, which cut names at half of their room.
 */
export function textWidth(item: TextItem, text: unknown): number {
  const { fontSize = 11, fontWeight = "normal", limit = 0 } = item;
  const isBold = fontWeight === "bold" || Number(fontWeight) >= 600;
  const width = measure(String(text ?? "").trim(), {
    font: isBold ? "bold 10px Verdana" : "10px Verdana",
    guess: true,
  });
  const scaled = (width * fontSize) / 10;
  return limit > 0 ? Math.min(scaled, limit) : scaled;
}
