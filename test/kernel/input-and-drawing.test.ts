import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KernelClient, type Received } from "../support/kernel-client.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await KernelClient.start();
});
afterAll(async () => {
  await kernel.stop();
});

const bundle = (outputs: readonly Received[]) => outputs.at(-1)?.content.data as Record<string, string>;
const shown = async (code: string) => bundle((await kernel.execute(code)).outputs);

describe("drawing", () => {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

  test("helpers give what they are named for; what is put into a template is text", async () => {
    const html = "html`<b>${'<i>'}</b>`";
    expect((await shown(html))["text/html"]).toBe("<b>&lt;i&gt;</b>");
    expect((await shown("html('<b>as given</b>')"))["text/html"]).toBe("<b>as given</b>");
    expect((await shown("md`# ${'a*b'}`"))["text/markdown"]).toBe("# a\\*b");
    expect((await shown("svg('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"))["image/svg+xml"]).toMatch(
      /^<svg /,
    );
    expect((await shown("json({ a: [1] })"))["application/json"]).toEqual({ a: [1] });
  });

  test("a picture's bytes are the picture, other bytes are bytes", async () => {
    expect((await shown(`Buffer.from("${png}", "base64")`))["image/png"]).toBe(png);
    expect((await shown(`image(new Uint8Array(Buffer.from("${png}", "base64")))`))["image/png"]).toBe(png);
    expect(Object.keys(await shown("Buffer.from('text')"))).toEqual(["text/plain"]);
  });

  test("a list of plain objects is a table, with its text as ever", async () => {
    const data = await shown("[{ a: 1, b: '<x>' }, { a: 2, c: true }]");
    expect(data["text/html"]).toMatch(/<th[^>]*>a<[\s\S]*&lt;x&gt;[\s\S]*2 rows × 3 columns/);
    expect(data["text/plain"]).toBe("[ { a: 1, b: '<x>' }, { a: 2, c: true } ]");
    expect(Object.keys(await shown("[{ a: { b: 1 } }, { a: 2 }]"))).toEqual(["text/plain"]);
  });

  test("an Arrow table of another package is a table", async () => {
    const code =
      "import { tableFromArrays } from '@uwdata/flechette'; tableFromArrays({ n: [1, 2], s: ['a', 'b'] })";
    expect((await shown(code))["text/html"]).toMatch(/2 rows × 2 columns/);
  });
});

describe("input", () => {
  test("prompt and confirm ask the front end that sent the cell, and wait", async () => {
    const asked: string[] = [];
    const stop = kernel.answerInput((prompt) => {
      asked.push(prompt);
      return prompt.startsWith("sure") ? "y" : "Grüße";
    });
    const { outputs } = await kernel.execute("[prompt('name?'), confirm('sure?')]", { allow_stdin: true });
    expect(bundle(outputs)["text/plain"]).toBe("[ 'Grüße', true ]");
    expect(asked).toEqual(["name?", "sure? [y/N]"]);
    stop();
  });

  test("without anybody to ask it is null at once; an interrupt ends the wait", async () => {
    expect((await shown("[prompt('name?'), prompt('n', 'given')]"))["text/plain"]).toBe("[ null, 'given' ]");
    const id = kernel.sendCell("prompt('never answered')", { allow_stdin: true });
    await new Promise((done) => setTimeout(done, 400));
    await kernel.request("control", "interrupt_request", {});
    expect((await kernel.outcome(id)).reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
  });
});
