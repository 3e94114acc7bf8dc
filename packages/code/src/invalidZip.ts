/** An archive that Hearth refuses to unpack. `kind` distinguishes a broken or hostile archive from one that is only too large. */
export class InvalidZip extends Error {
  readonly kind: "malformed" | "tooLarge";
  constructor(message: string, kind: "malformed" | "tooLarge" = "malformed", options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export function malformed(cause: unknown): InvalidZip {
  if (cause instanceof InvalidZip) return cause;
  return new InvalidZip(cause instanceof Error ? cause.message : String(cause), "malformed", { cause });
}
