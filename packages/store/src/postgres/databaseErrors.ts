import { errorCode } from "@hearth/kit";
import { DatabaseError } from "pg";
import { DatabaseUnanswered } from "./statementDeadline.ts";

/** A concurrent transaction conflicted and nothing was written: run the transaction again. */
export function isSerializationFailure(error: unknown): boolean {
  const code = errorCode(error);
  return code === "40001" || code === "40P01";
}

const CONNECTION_CODES = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now: starting up, in recovery
  "53300", // too_many_connections
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAGAIN", // the queue of a Unix socket is full: its server accepts nothing
]);

/** No connection could be opened, or it broke, or nothing came through it for too long. Whether a running statement took effect is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof DatabaseUnanswered) return true;
  const code = errorCode(error);
  if (code !== undefined)
    return CONNECTION_CODES.has(code) || (error instanceof DatabaseError && code.startsWith("08"));
  return (
    error instanceof Error &&
    /connection terminated|timeout expired|connection timeout|timeout exceeded when trying to connect|not queryable|closed the connection/i.test(
      error.message,
    )
  );
}

/** A row with this key already exists; with `constraint`, only when that constraint was violated. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === "23505" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof DatabaseError &&
    error.code === "23503" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** The values are the cause (PostgreSQL's classes 22, 23 and 54): the same statement with the same values fails again. */
export function isUnwritableData(error: unknown): boolean {
  return error instanceof DatabaseError && /^(22|23|54)/.test(error.code ?? "");
}
