/** What a session provides to its cells beside JavaScript and Node, as declarations. */
export const sessionGlobals: string = `
export {};
declare global {
  /** Shows a value in the cell's output now; \`id\` names it for a later call with \`update\`. */
  function display(value: unknown, options?: { id?: string; update?: boolean }): Promise<void>;
  /** Takes away what the cell has shown: now, or with \`wait\` when it shows the next thing. */
  function clearOutput(options?: { wait?: boolean }): void;
  /** A bar in the cell's output that moves while the cell runs and leaves one line behind. */
  function progress(label: string, total?: number): {
    /** How much is done, and of how much where that was not known before. */
    update(done: number, total?: number): void;
    /** One step more. */
    step(): void;
    /** Ends the bar; what stays is \`line\`, or how much was done. */
    done(line?: string): void;
  };
  /** Something that a front end draws: what \`html\`, \`md\`, \`svg\`, \`image\` and \`json\` make of a value. */
  interface Drawn {
    readonly bundle: Record<string, unknown>;
  }
  /** HTML, drawn as a cell's last value; also as a tag before a template, whose values are escaped. */
  function html(source: string | TemplateStringsArray, ...values: unknown[]): Drawn;
  /** Markdown, drawn as a cell's last value; also as a tag before a template. */
  function md(source: string | TemplateStringsArray, ...values: unknown[]): Drawn;
  /** An SVG drawing, drawn as a cell's last value; also as a tag before a template. */
  function svg(source: string | TemplateStringsArray, ...values: unknown[]): Drawn;
  /** A picture: the bytes of a PNG, JPEG, GIF or WebP file, or the path of one. */
  function image(source: Uint8Array | string): Drawn;
  /** A value as JSON that front ends fold. */
  function json(value: unknown): Drawn;
  /** Asks whoever runs the cell for a line of text; null when nobody can be asked. */
  function prompt(message?: string, initial?: string): string | null;
  /** Asks whoever runs the cell for yes or no. */
  function confirm(message?: string): boolean;
  /** Asks whoever runs the cell to go on. */
  function alert(message?: string): void;
}
`;
