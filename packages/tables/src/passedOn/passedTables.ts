import type { Clock } from "@hearth/kit";
import { type AccountRegion, OWNER_ACCOUNT } from "@hearth/model";
import { type DynamoTableKey, type PassedTableRecord, PassedTableStore, type Database } from "@hearth/store";
import { FRESH_MS } from "../tableDirectory.ts";
import { serverFailed, TableServerError } from "./serverErrors.ts";
import { isReservedName, reservedName } from "./serverNames.ts";
import type { TableServer } from "./tableServer.ts";

export interface PassedTablesDeps {
  readonly database: Database;
  readonly server: TableServer;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** The installation's first region. In it the owner's tables have their own names on the server. */
  readonly homeRegion: string;
}

interface Known {
  readonly table: Promise<PassedTableRecord | undefined>;
  readonly readAtMs: number;
}

const MAX_KNOWN = 10_000;
const PAGE = 100;
/** So many pages of names are read from the server for one list. */
const MAX_PAGES = 200;

/**
 * The tables of the server that HEARTH_DYNAMODB_ENDPOINT names. Its key could read all of them, so each belongs to the account and region that has created it here.
 * What the server has besides is the owner's, in the first region.
 */
export class PassedTables {
  readonly server: TableServer;
  readonly rows: PassedTableStore;
  /** As the tables that Hearth hosts have them: for tags and policies, which Hearth keeps. */
  readonly store: { readonly change: PassedTableStore["change"] };
  readonly directory: { forget(key: DynamoTableKey): void };
  readonly #deps: PassedTablesDeps;
  readonly #known = new Map<string, Known>();
  readonly #arns = new Map<string, string>();

  constructor(deps: PassedTablesDeps) {
    this.#deps = deps;
    this.server = deps.server;
    this.rows = new PassedTableStore(deps.database);
    this.store = {
      // The row of a table that was there before Hearth is made when the table is looked for.
      change: async (key, change) => ((await this.find(key)) ? await this.rows.change(key, change) : undefined),
    };
    this.directory = { forget: (key) => void this.#known.delete(textOf(key)) };
  }

  /** The table of an account; `undefined` when the account has none of this name. */
  async find(key: DynamoTableKey): Promise<PassedTableRecord | undefined> {
    const name = textOf(key);
    const nowMs = this.#deps.clock.monotonicMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.readAtMs < FRESH_MS) return await known.table;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const entry = { table: this.#read(key), readAtMs: nowMs };
    this.#known.set(name, entry);
    const forget = (): void => {
      if (this.#known.get(name) === entry) this.#known.delete(name);
    };
    try {
      const found = await entry.table;
      if (!found) forget();
      return found;
    } catch (error) {
      forget();
      throw error;
    }
  }

  async #read(key: DynamoTableKey): Promise<PassedTableRecord | undefined> {
    const row = await this.rows.find(key);
    if (row) return row;
    if (!this.#isHome(key) || isReservedName(key.TableName)) return undefined;
    if (!(await this.#isOnServer(key.TableName))) return undefined;
    return await this.rows.claim(key, { serverName: key.TableName, isCreated: true, tags: {}, policy: null });
  }

  #isHome({ accountId, region }: AccountRegion): boolean {
    return accountId === OWNER_ACCOUNT && region === this.#deps.homeRegion;
  }

  async #isOnServer(serverName: string): Promise<boolean> {
    try {
      await this.server.call("DescribeTable", { TableName: serverName });
      return true;
    } catch (error) {
      if (error instanceof TableServerError && error.code === "ResourceNotFoundException") return false;
      throw error;
    }
  }

  /** What a new table is called on the server; `undefined` for a name that no table of the account can have. */
  newServerName(key: DynamoTableKey): string | undefined {
    if (!this.#isHome(key)) return reservedName(key);
    return isReservedName(key.TableName) ? undefined : key.TableName;
  }

  /** The names of an account's tables, by their names on the server. */
  async owned(owner: AccountRegion): Promise<ReadonlyMap<string, string>> {
    const names = new Map<string, string>();
    const rows = await this.rows.list(owner, { after: "", limit: MAX_KNOWN });
    for (const { serverName, TableName, isCreated } of rows) {
      // A process may have ended between the server's answer and the note of it.
      if (isCreated || (await this.#isOnServer(serverName))) names.set(serverName, TableName);
    }
    if (this.#isHome(owner)) for (const name of await this.#unclaimed()) names.set(name, name);
    return names;
  }

  /** Names of tables on the server that no account has created here. */
  async #unclaimed(): Promise<readonly string[]> {
    const all: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const answer = await this.server.call("ListTables", {
        Limit: PAGE,
        ...(after !== undefined && { ExclusiveStartTableName: after }),
      });
      const names = (answer["TableNames"] ?? []) as readonly string[];
      all.push(...names.filter((name) => !isReservedName(name)));
      after = answer["LastEvaluatedTableName"] as string | undefined;
      if (after === undefined) break;
    }
    const claimed = new Set((await this.rows.ofServerNames(all)).map(({ serverName }) => serverName));
    return all.filter((name) => !claimed.has(name));
  }

  /** The ARN of a table on the server, which the ARNs of its streams begin with. */
  async serverArn({ serverName }: Pick<PassedTableRecord, "serverName">): Promise<string> {
    const known = this.#arns.get(serverName);
    if (known !== undefined) return known;
    const { Table } = await this.server.call("DescribeTable", { TableName: serverName });
    const arn = (Table as { readonly TableArn?: string } | undefined)?.TableArn;
    if (arn === undefined) throw serverFailed("The DynamoDB server does not tell the ARN of the table.");
    if (this.#arns.size >= MAX_KNOWN) this.#arns.clear();
    this.#arns.set(serverName, arn);
    return arn;
  }
}

function textOf({ accountId, region, TableName }: DynamoTableKey): string {
  return `${accountId} ${region} ${TableName}`;
}
