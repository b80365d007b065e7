import { randomUUID } from "node:crypto";
import { escapeHtml, withoutControls } from "../../bytes/escape-html.js";
import type { MimeBundle } from "./messages.js";

/** Between two drawings of a bar. */
const drawnEveryMs = 100;

/** Shows a bundle under an id: a new output first, the same one changed from then on. */
type Show = (bundle: MimeBundle, displayId: string, update: boolean) => void;

/**
 * A bar in a cell's output that moves while the cell runs and leaves one line behind. The line holds no times, so that
 * a notebook's outputs are the same from run to run.
 */
export class Progress {
  private readonly label: string;
  private readonly show: Show;
  private readonly id = randomUUID();
  private total: number | undefined;
  private count = 0;
  private drawnAt = 0;
  private shown = false;
  private ended = false;

  constructor(label: string, total: number | undefined, show: Show) {
    this.label = label;
    this.total = total;
    this.show = show;
    this.draw(this.bar());
  }

  /** How much is done, and of how much where that was not known before. */
  update(done: number, total: number | undefined = this.total): void {
    this.count = done;
    this.total = total;
    const now = performance.now();
    if (this.ended || now - this.drawnAt < drawnEveryMs) return;
    this.drawnAt = now;
    this.draw(this.bar());
  }

  /** One step more. */
  step(): void {
    this.update(this.count + 1);
  }

  /** Ends the bar; what stays is `line`, or how much was done. A second call changes nothing. */
  done(line: string = `${this.label}: ${this.amount()}`): void {
    if (this.ended) return;
    this.ended = true;
    this.draw({ "text/plain": withoutControls(line).replace(/\s+/g, " ") });
  }

  private draw(bundle: MimeBundle): void {
    this.show(bundle, this.id, this.shown);
    this.shown = true;
  }

  private bar(): MimeBundle {
    const value = this.total ? ` max="1" value="${Math.min(1, this.count / this.total)}"` : "";
    const text = `${this.label}: ${this.amount()}`;
    return {
      "text/html": `<progress${value}></progress> ${escapeHtml(text)}`,
      "text/plain": withoutControls(text).replace(/\s+/g, " "),
    };
  }

  private amount(): string {
    const count = this.count.toLocaleString("en-US");
    return this.total === undefined ? count : `${count} of ${this.total.toLocaleString("en-US")}`;
  }
}
