import { createHash } from "node:crypto";
import type { DynamoTableKey } from "@hearth/store";
import { tableArn } from "../table.ts";

const MAX_NAME = 255;

/** Whether a name on the server is of the form that tables of accounts other than the owner's have, and those of further regions. */
export function isReservedName(serverName: string): boolean {
  return /^\d{12}\.[a-z]/.test(serverName);
}

/** `<account>.<region>.<table>`: the server has one space of names for all. A name that is too long for it ends in its hash. */
export function reservedName({ accountId, region, TableName }: DynamoTableKey): string {
  const whole = `${accountId}.${region}.${TableName}`;
  if (whole.length <= MAX_NAME) return whole;
  const digest = createHash("sha256").update(TableName).digest("hex").slice(0, 32);
  return `${whole.slice(0, MAX_NAME - digest.length - 1)}.${digest}`;
}

const ARN = /arn:[a-z0-9-]*:dynamodb:[a-zA-Z0-9-]*:[a-zA-Z0-9-]*:table\/([a-zA-Z0-9_.-]{1,255})/g;

/** A table of a request under its two names. */
export interface NamedTable extends DynamoTableKey {
  readonly serverName: string;
}

/** The tables of one request: what the server calls them, and what the caller does. */
export class ServerNames {
  readonly #tables = new Map<string, { readonly table: NamedTable; readonly given: string }>();

  /** `given`: as the request names it, by name or ARN. */
  add(table: NamedTable, given = table.TableName): void {
    this.#tables.set(table.serverName, { table, given });
  }

  /** The name that the request has used for a table that the server names. */
  given(serverName: string): string {
    return this.#tables.get(serverName)?.given ?? serverName;
  }

  /** The name of a table that the server names. */
  name(serverName: string): string {
    return this.#tables.get(serverName)?.table.TableName ?? serverName;
  }

  /** A text of the server with the ARNs and names of the tables as callers know them. */
  translate(text: string): string {
    let translated = text.replace(ARN, (found, serverName: string) => {
      const known = this.#tables.get(serverName);
      return known ? tableArn(known.table) : found;
    });
    for (const [serverName, { table }] of this.#tables) {
      if (serverName !== table.TableName) translated = translated.replaceAll(serverName, table.TableName);
    }
    return translated;
  }
}
