/** A query that cannot be answered: its message is one line, problem and remedy. */
export class SqlError extends Error {
  override readonly name: string = "SqlError";
}
