/** The system's code of an error (`ENOENT`), or PostgreSQL's SQLSTATE of one that a statement failed with; `undefined` for errors without a code. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
