import type { NotebookCell, NotebookOutput } from "./notebook.js";
import type { SessionEvent } from "./session/messages.js";

type Display = SessionEvent & { type: "display" };

/** Puts what a session says into the outputs of a notebook's code cells, as a front end does. */
export class NotebookOutputs {
  private readonly cells: readonly NotebookCell[];
  private readonly displayIds = new WeakMap<NotebookOutput, string>();
  /** Cells whose outputs go when the next one comes. */
  private readonly clearing = new Set<number>();

  /** @param cells the code cells, in the order of their numbers, from 1 */
  constructor(cells: readonly NotebookCell[]) {
    this.cells = cells;
  }

  take(event: SessionEvent): void {
    if (!("cell" in event) || event.type === "done") return;
    const outputs = this.cells[event.cell - 1]?.outputs;
    if (!outputs) return;
    if (event.type === "clear" && event.wait) {
      this.clearing.add(event.cell);
      return;
    }
    if (event.type === "clear" || this.clearing.delete(event.cell)) outputs.length = 0;
    if (event.type === "stream") addStream(outputs, event.name, event.text);
    else if (event.type === "display") this.addDisplay(outputs, event);
    else if (event.type === "page")
      outputs.push({ output_type: "display_data", data: event.bundle, metadata: {} });
    else if (event.type === "result") {
      const execution_count = event.cell;
      outputs.push({ output_type: "execute_result", data: event.bundle, metadata: {}, execution_count });
    } else if (event.type === "error") outputs.push({ output_type: "error", ...event.failure });
  }

  private addDisplay(outputs: NotebookOutput[], { displayId, update, bundle }: Display): void {
    if (update && displayId !== undefined) {
      for (const output of this.cells.flatMap((cell) => cell.outputs ?? [])) {
        if (output.output_type === "display_data" && this.displayIds.get(output) === displayId)
          output.data = bundle;
      }
      return;
    }
    const output: NotebookOutput = { output_type: "display_data", data: bundle, metadata: {} };
    if (displayId !== undefined) this.displayIds.set(output, displayId);
    outputs.push(output);
  }
}

function addStream(outputs: NotebookOutput[], name: "stdout" | "stderr", text: string): void {
  const last = outputs.at(-1);
  if (last?.output_type === "stream" && last.name === name) last.text += text;
  else outputs.push({ output_type: "stream", name, text });
}
