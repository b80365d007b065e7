/** An option or argument that cannot be meant; its message is the one line the user sees. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}
