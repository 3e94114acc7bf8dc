import { DeliveryRefused, type OutsideKind } from "@hearth/delivery";
import { ValidationException } from "@hearth/model";
import { type AttributeValue, type Item, parseTableArn, type Tables } from "@hearth/tables";
import { putOf } from "./itemWrites.ts";
import type { TableStorage } from "./tableStorage.ts";

export interface TableTargetDeps {
  readonly tables: Pick<Tables, "find" | "write">;
  readonly storage: Pick<TableStorage, "admit">;
}

/**
 * A message to a table becomes an item of it, in place of the one with its key: each member of the message's JSON object is an attribute. It is sent from the
 * outbox, because tables are written in transactions of their own.
 */
export function tableTarget({ tables, storage }: TableTargetDeps): OutsideKind {
  return {
    name: "table",
    targets: ["dynamodb"],
    async attempt({ TargetArn, body }) {
      const named = parseTableArn(TargetArn);
      const table = named && (await tables.find(named.table));
      if (!table) throw new DeliveryRefused(`there is no table ${TargetArn}`, "NO_RESOURCE");
      try {
        const put = putOf(table, { Item: itemOf(body) });
        await storage.admit(table.accountId, put.bytes);
        await tables.write(table, put.key, put.decide, { isBlind: true });
      } catch (error) {
        if (error instanceof ValidationException) throw new DeliveryRefused(error.message, "INVALID_PARAMETER");
        throw error;
      }
    },
  };
}

function itemOf(body: Uint8Array): Item {
  const { M } = valueOf(parsed(Buffer.from(body).toString("utf8")));
  if (!M) throw new ValidationException("the message is not a JSON object");
  return M;
}

/** A number as it was written: as a double it may lose digits. */
class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Parse = (
  text: string,
  reviver: (name: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

function parsed(text: string): unknown {
  try {
    return (JSON.parse as Parse)(text, (_name, value, { source }) =>
      typeof value === "number" ? new Digits(source ?? String(value)) : value,
    );
  } catch {
    throw new ValidationException("the message is not JSON, or is nested too deeply");
  }
}

function valueOf(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "boolean") return { BOOL: value };
  if (value instanceof Digits) return { N: value.text };
  if (Array.isArray(value)) return { L: value.map(valueOf) };
  return { M: Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, valueOf(one)])) };
}
