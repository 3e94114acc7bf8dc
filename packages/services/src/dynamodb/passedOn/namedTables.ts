import { ValidationException } from "@hearth/model";
import type { DynamoTableKey, PassedTableRecord } from "@hearth/store";
import { type PassedTables, ServerNames, TableServerError } from "@hearth/tables";
import type { RequestContext } from "@hearth/wire";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey } from "../findTable.ts";

type Where = Pick<RequestContext, "accountId" | "region">;
type Members = Readonly<Record<string, unknown>>;

/** The table that a request names, by name or ARN. Throws AWS's error unless it belongs to the account. */
export async function findPassed(
  tables: Pick<PassedTables, "find">,
  where: Where,
  given: string,
): Promise<PassedTableRecord> {
  const key: DynamoTableKey = tableKey(where, given);
  const table = key.region === where.region ? await tables.find(key) : undefined;
  if (!table) throw new ResourceNotFoundException();
  return table;
}

/** Requests about several tables name them under different members. All names in such a request are replaced by those on the server. */
export class NamedTables {
  readonly names = new ServerNames();
  readonly #tables: Pick<PassedTables, "find">;
  readonly #where: Where;

  constructor(tables: Pick<PassedTables, "find">, where: Where) {
    this.#tables = tables;
    this.#where = where;
  }

  async serverName(given: string): Promise<string> {
    const table = await findPassed(this.#tables, this.#where, given);
    this.names.add(table, given);
    return table.serverName;
  }

  /** `RequestItems`: its keys are tables. */
  async keys(items: Members): Promise<Members> {
    const renamed = new Map<string, unknown>();
    for (const [given, value] of Object.entries(items)) {
      const serverName = await this.serverName(given);
      if (renamed.has(serverName)) throw new ValidationException("A table is named more than once in RequestItems");
      renamed.set(serverName, value);
    }
    return Object.fromEntries(renamed);
  }

  /** `TransactItems`: each has one member, which names a table. */
  async parts(
    items: readonly Readonly<Record<string, Members>>[],
    kinds: ReadonlySet<string>,
  ): Promise<readonly Members[]> {
    const renamed: Members[] = [];
    for (const item of items) {
      const entries = Object.entries(item);
      const [kind = "", part] = entries[0] ?? [];
      if (entries.length !== 1 || !part || !kinds.has(kind)) {
        throw new ValidationException(
          `1 validation error detected: each of TransactItems must have exactly one of ${[...kinds].join(", ")}`,
        );
      }
      renamed.push({ [kind]: { ...part, TableName: await this.serverName(String(part["TableName"])) } });
    }
    return renamed;
  }
}

/** Runs `send`. What it rejects with names tables as the caller knows them. */
export async function translatingErrors<Result>(names: ServerNames, send: () => Promise<Result>): Promise<Result> {
  try {
    return await send();
  } catch (error) {
    throw error instanceof TableServerError ? error.translated((text) => names.translate(text)) : error;
  }
}

/** The answer with the names and ARNs of tables as the caller knows them. */
export function translatedAnswer(answer: Members, names: ServerNames): Members {
  const translated: Record<string, unknown> = { ...answer };
  for (const [name, translate] of Object.entries(TRANSLATIONS)) {
    const value = answer[name];
    if (typeof value === "object" && value !== null) translated[name] = translate(value, names);
  }
  return translated;
}

const TRANSLATIONS: Readonly<Record<string, (value: object, names: ServerNames) => unknown>> = {
  ConsumedCapacity: (value, names) =>
    Array.isArray(value) ? value.map((one: Members) => shownName(one, names)) : shownName(value as Members, names),
  ItemCollectionMetrics: renamedKeys,
  Responses: (value, names) => (Array.isArray(value) ? value : renamedKeys(value, names)),
  Table: (value, names) => shownTable(value as Members, names),
  TableDescription: (value, names) => shownTable(value as Members, names),
  UnprocessedItems: renamedKeys,
  UnprocessedKeys: renamedKeys,
};

function renamedKeys(value: object, names: ServerNames): object {
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [names.given(name), of]));
}

function shownName(value: Members, names: ServerNames): Members {
  const { TableName } = value;
  return typeof TableName === "string" ? { ...value, TableName: names.name(names.translate(TableName)) } : value;
}

function shownTable(table: Members, names: ServerNames): Members {
  const shown: Record<string, unknown> = { ...shownName(table, names) };
  for (const name of ["TableArn", "LatestStreamArn"]) {
    if (typeof shown[name] === "string") shown[name] = names.translate(shown[name]);
  }
  for (const name of ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"]) {
    const indexes = shown[name];
    if (!Array.isArray(indexes)) continue;
    shown[name] = indexes.map((index: Members) =>
      typeof index["IndexArn"] === "string" ? { ...index, IndexArn: names.translate(index["IndexArn"]) } : index,
    );
  }
  return shown;
}
