import { expect, test } from "vitest";
import { figure } from "#lib/chart/figure.js";
import { categories } from "#lib/chart/palette.js";

interface Axis {
  axis?: Record<string, unknown>;
}
interface View {
  encoding: { x: Axis; y: Axis };
}

const frame = { title: "T", description: "1 value" };
const log = { field: "n", type: "quantitative", scale: { type: "log" } };

test("a figure has the library's size, colours and frame", () => {
  const spec = figure({ ...frame, data: { values: [{ n: 1 }] }, mark: "bar" });
  expect(spec).toMatchObject({ width: 640, height: 240, description: "1 value" });
  expect(spec.config).toMatchObject({ range: { category: categories }, title: { anchor: "start" } });
});

test("logarithmic axes get their lines at powers of ten, in layers and views too; what is asked for stays", () => {
  const encoding = { x: log, y: { ...log, axis: { gridOpacity: 1, title: "n" } } };
  const spec = figure({ ...frame, vconcat: [{ layer: [{ mark: "point", encoding }] }] });
  const [{ layer }] = spec.vconcat as [{ layer: View[] }];
  expect(layer[0].encoding.x.axis?.gridOpacity).toHaveProperty("condition");
  expect(layer[0].encoding.y.axis).toMatchObject({ gridOpacity: 1, title: "n" });
});

test("composed views have sizes of their own", () => {
  for (const way of ["vconcat", "hconcat", "concat", "spec"]) {
    const spec = figure({ ...frame, [way]: way === "spec" ? {} : [] });
    expect(spec).not.toHaveProperty("width");
    expect(spec).not.toHaveProperty("height");
  }
});

test("data is left as it is, also where a column is called encoding", () => {
  const values = [{ encoding: { x: log } }];
  expect((figure({ ...frame, data: { values }, mark: "bar" }).data as { values: unknown }).values).toEqual(
    values,
  );
});
