import { type Band, bandColours, bandLayer, timeAxis } from "./bands.js";
import { zoom } from "./chart-spec.js";
import type { LaneMark } from "./lane-marks.js";
import { stateScale } from "./palette.js";
import { nsExpression } from "./units.js";

/** The axis of lanes: a label in the middle of each. */
export function laneAxis(labels: readonly string[]): Record<string, unknown> {
  return {
    type: "quantitative",
    scale: { domain: [0, labels.length], reverse: true, nice: false, zero: true },
    axis: {
      title: null,
      values: labels.map((_, lane) => lane + 0.5),
      labelExpr: `${JSON.stringify(labels)}[floor(datum.value)]`,
      labelLimit: 170,
      labelOverlap: false,
      grid: false,
      ticks: false,
      domain: false,
    },
  };
}

/** Bands behind and the marks of lanes over them: what every timeline draws. */
export function laneLayers(
  marks: readonly LaneMark[],
  bands: readonly Band[],
  labels: readonly string[],
  [from, to]: readonly [number, number],
  subject: { field: string; title?: string },
): Record<string, unknown>[] {
  const states = stateScale(marks.map(({ state }) => state));
  const bandNames = [...new Set(bands.map(({ band }) => band))];
  const x = timeAxis(from, to);
  return [
    bandLayer(bands, x),
    {
      data: { values: marks },
      params: [zoom("x")],
      transform: [
        { calculate: nsExpression("(datum.end_ns - datum.start_ns)"), as: "duration" },
        { calculate: nsExpression("datum.start_ns", 7), as: "at" },
      ],
      mark: { type: "rect", clip: true },
      encoding: {
        x: { ...x, field: "start_ns" },
        x2: { field: "end_ns" },
        y: { ...laneAxis(labels), field: "y" },
        y2: { field: "y2" },
        color: {
          field: "state",
          type: "nominal",
          title: null,
          scale: {
            domain: [...states.domain, ...bandNames],
            range: [...states.range, ...bandNames.map((band) => bandColours[band])],
          },
        },
        tooltip: [
          subject,
          { field: "state" },
          { field: "at" },
          { field: "duration" },
          { field: "share", format: ".1%" },
          { field: "reason" },
        ],
      },
    },
  ];
}
