/** The system error code (`ENOENT`), or the PostgreSQL SQLSTATE of a failed statement; `undefined` for errors without a code. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
