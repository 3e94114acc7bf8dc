import { randomBytes } from "node:crypto";

const PROCESS_BYTES = 6;
const OWN_BYTES = 5;
/** 11 bytes in base64, as long as AWS's ids, with an alphabet that needs no escapes but for the last character. */
const ID = /^[A-Za-z0-9_-]{15}=$/;

/** The part that is the same in all connection ids of a process: other processes find the one with a socket by it. */
export function newProcessId(): string {
  return randomBytes(PROCESS_BYTES).toString("base64url");
}

/** An id for a socket of the process. */
export function newConnectionId(processId: string): string {
  const own = randomBytes(OWN_BYTES);
  return `${Buffer.concat([Buffer.from(processId, "base64url"), own]).toString("base64url")}=`;
}

/** The process that has the socket; `undefined` when the text is no connection id. */
export function processOf(connectionId: string): string | undefined {
  if (!ID.test(connectionId)) return undefined;
  return Buffer.from(connectionId, "base64url").subarray(0, PROCESS_BYTES).toString("base64url");
}
