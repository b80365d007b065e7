/** A notebook as nbformat 4.5 has it; only what is read or written here. */
export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** A cell of a notebook. */
export interface NotebookCell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  source: string | string[];
  metadata: Record<string, unknown> & { tags?: string[] };
  execution_count?: number | null;
  outputs?: NotebookOutput[];
}

/** An output of a code cell. */
export type NotebookOutput =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | {
      output_type: "execute_result";
      data: Record<string, unknown>;
      metadata: Record<string, unknown>;
      execution_count: number;
    }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** A cell's source as one text. */
export function sourceText(cell: Pick<NotebookCell, "source">): string {
  return typeof cell.source === "string" ? cell.source : cell.source.join("");
}
