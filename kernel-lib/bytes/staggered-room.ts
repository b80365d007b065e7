/** A kind of typed array. */
type Column = {
  new (buffer: ArrayBuffer | SharedArrayBuffer, offset: number, length: number): ArrayBufferView;
  readonly BYTES_PER_ELEMENT: number;
};

const lineBytes = 64;

/**
 * Makes columns that one loop fills row by row, in memory that threads share when asked. Large arrays begin at a page
 * each, and the same row of many of them would compete for the same few lines of the processor's cache; so each begins
 * some lines further into its page.
 */
export function staggeredRoom(rows: number, shared = false): <T extends Column>(kind: T) => InstanceType<T> {
  let offset = 0;
  return (kind) => {
    offset += 3 * lineBytes;
    const bytes = offset + rows * kind.BYTES_PER_ELEMENT;
    const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    return new kind(buffer, offset, rows) as InstanceType<typeof kind>;
  };
}
