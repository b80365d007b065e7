import type { SessionEvent } from "./messages.js";

/** A place in the order of what is shown: taken when it is asked for, filled when it has been drawn. */
interface Place {
  drawn: boolean;
  event: SessionEvent | undefined;
}

interface CellOrder {
  readonly places: Place[];
  readonly waiting: (() => void)[];
}

/**
 * Keeps what is said of a cell in the order in which the cell asked for it: a chart takes time to draw, and what comes
 * after it waits.
 */
export class OutputOrder {
  private readonly send: (event: SessionEvent) => void;
  private readonly cells = new Map<number, CellOrder>();

  constructor(send: (event: SessionEvent) => void) {
    this.send = send;
  }

  emit(event: SessionEvent): void {
    const order = "cell" in event ? this.cells.get(event.cell) : undefined;
    if (order) order.places.push({ drawn: true, event });
    else this.send(event);
  }

  /** Takes the next place of a cell; what it returns fills it, with nothing when there is nothing to show. */
  hold(cell: number): (event?: SessionEvent) => void {
    const place: Place = { drawn: false, event: undefined };
    const order = this.cells.get(cell) ?? { places: [], waiting: [] };
    this.cells.set(cell, order);
    order.places.push(place);
    return (event) => {
      place.drawn = true;
      place.event = event;
      this.advance(cell);
    };
  }

  /** Settles when nothing of a cell waits to be drawn. */
  settled(cell: number): Promise<void> {
    return new Promise((resolve) => {
      const order = this.cells.get(cell);
      if (order) order.waiting.push(resolve);
      else resolve();
    });
  }

  /** Gives up what is not drawn yet, and sends what waits behind it. */
  release(cell: number): void {
    for (const place of this.cells.get(cell)?.places ?? []) place.drawn = true;
    this.advance(cell);
  }

  private advance(cell: number): void {
    const order = this.cells.get(cell);
    while (order?.places[0]?.drawn) {
      const { event } = order.places.shift() as Place;
      if (event) this.send(event);
    }
    if (!order || order.places.length > 0) return;
    this.cells.delete(cell);
    for (const resolve of order.waiting) resolve();
  }
}
