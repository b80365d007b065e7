import {
  converter,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  type Rgb,
  wcagContrast,
} from "culori";
import { expect, test } from "vitest";
import { categories, palette, tints } from "#lib/chart/palette.js";

const rgb = converter("rgb");
const color = (hex: string): Rgb => {
  const parsed = rgb(hex);
  if (!parsed) throw new Error(`${hex} is no colour`);
  return parsed;
};
const eyes: Readonly<Record<string, (color: Rgb) => Rgb>> = {
  normal: (color) => color,
  protanopia: filterDeficiencyProt(1) as (color: Rgb) => Rgb,
  deuteranopia: filterDeficiencyDeuter(1) as (color: Rgb) => Rgb,
  tritanopia: filterDeficiencyTrit(1) as (color: Rgb) => Rgb,
};
const difference = differenceCiede2000();
const { Running, Runnable, Syscall, STW, mark, sweep } = palette;
const meanings = { Running, Runnable, Syscall, STW, mark, sweep };

const pairs = (colors: readonly string[]): [string, string][] =>
  colors.flatMap((a, i) => colors.slice(i + 1).map((b): [string, string] => [a, b]));

test.each(Object.entries(eyes))("categories are told apart by %s eyes", (_, see) => {
  for (const [a, b] of pairs(categories)) {
    expect(difference(see(color(a)), see(color(b))), `${a} ${b}`).toBeGreaterThanOrEqual(14);
  }
});

test.each(Object.entries(meanings))("no category is taken for %s", (_, meaning) => {
  for (const category of categories) {
    expect(difference(color(category), color(meaning)), category).toBeGreaterThanOrEqual(13);
    for (const see of Object.values(eyes)) {
      expect(difference(see(color(category)), see(color(meaning))), category).toBeGreaterThanOrEqual(7);
    }
  }
});

test("states and ranges are told apart", () => {
  for (const see of Object.values(eyes)) {
    for (const [a, b] of pairs(Object.values(meanings))) {
      expect(difference(see(color(a)), see(color(b))), `${a} ${b}`).toBeGreaterThanOrEqual(10);
    }
  }
});

test("categories stand out on white and on a dark page as WCAG asks of graphics", () => {
  for (const category of categories) {
    expect(wcagContrast(category, "#ffffff"), category).toBeGreaterThanOrEqual(3);
    expect(wcagContrast(category, "#111111"), category).toBeGreaterThanOrEqual(3);
  }
});

test("dark text reads on every tint", () => {
  for (const tint of Object.values(tints))
    expect(wcagContrast(tint, "#14181f"), tint).toBeGreaterThanOrEqual(5);
});
