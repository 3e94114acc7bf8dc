import type { AccountRegion } from "@hearth/model";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import type { Settings } from "./apis.ts";

export interface ApiDomain extends AccountRegion {
  /** In lower case. */
  readonly domainName: string;
  readonly settings: Settings;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ApiMapping {
  readonly domainName: string;
  readonly mappingId: string;
  /** The first segments of the path; empty: every path that has no other mapping. */
  readonly mappingKey: string;
  readonly apiId: string;
  readonly stage: string;
}

const DOMAIN = 'domain_name AS "domainName", account_id AS "accountId", region, settings, tags';
const MAPPING =
  'domain_name AS "domainName", mapping_id AS "mappingId", mapping_key AS "mappingKey", api_id AS "apiId", stage';
const OF_OWNER = "domain_name = $1 AND account_id = $2 AND region = $3";
const CREATION_LOCK = 0x646f6d61696en;

/** SQL: whether `wildcard` is a name such as `*.example.com` and covers `name`. */
function covers(wildcard: string, name: string): string {
  return `(${wildcard} LIKE '*.%' AND right(${name}, length(${wildcard}) - 1) = substr(${wildcard}, 2))`;
}

/** Custom domain names and what they lead to. */
export class ApiDomainStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  /**
   * Resolves with `taken` when any account has the name, with `conflict` when another account has a wildcard name that covers this one or a name that this
   * wildcard would cover, and with `tooMany` when this account has `quota` names in the region.
   */
  async create(
    tx: Transaction,
    { domainName, accountId, region, settings, tags }: ApiDomain,
    quota: number,
  ): Promise<ApiDomain | "taken" | "conflict" | "tooMany"> {
    // One creation at a time: a wildcard and a name that it covers are different rows.
    await tx.query("SELECT pg_advisory_xact_lock($1)", [CREATION_LOCK]);
    const [conflict] = await tx.query(
      `SELECT 1 FROM apigateway_domains WHERE account_id <> $2 AND domain_name <> $1
         AND (${covers("domain_name", "$1")} OR ${covers("$1", "domain_name")}) LIMIT 1`,
      [domainName, accountId],
    );
    if (conflict) return "conflict";
    const [row] = await tx.query<ApiDomain>(
      `INSERT INTO apigateway_domains (domain_name, account_id, region, settings, tags) SELECT $1, $2, $3, $4, $5
        WHERE (SELECT count(*) FROM apigateway_domains WHERE account_id = $2 AND region = $3) < $6
       ON CONFLICT DO NOTHING RETURNING ${DOMAIN}`,
      [domainName, accountId, region, JSON.stringify(settings), JSON.stringify(tags), quota],
    );
    if (row) return row;
    const [taken] = await tx.query("SELECT 1 FROM apigateway_domains WHERE domain_name = $1", [domainName]);
    return taken ? "taken" : "tooMany";
  }

  async find({ accountId, region }: AccountRegion, domainName: string): Promise<ApiDomain | undefined> {
    const sql = `SELECT ${DOMAIN} FROM apigateway_domains WHERE ${OF_OWNER}`;
    const [row] = await this.#database.query<ApiDomain>(sql, [domainName, accountId, region]);
    return row;
  }

  /** The names of all accounts and regions. */
  async allNames(): Promise<readonly string[]> {
    const rows = await this.#database.query<{ name: string }>("SELECT domain_name AS name FROM apigateway_domains");
    return rows.map(({ name }) => name);
  }

  /** For requests of clients, who do not name the account. */
  async findByName(domainName: string): Promise<ApiDomain | undefined> {
    const sql = `SELECT ${DOMAIN} FROM apigateway_domains WHERE domain_name = $1`;
    const [row] = await this.#database.query<ApiDomain>(sql, [domainName]);
    return row;
  }

  async lock(
    tx: Transaction,
    { accountId, region }: AccountRegion,
    domainName: string,
  ): Promise<ApiDomain | undefined> {
    const sql = `SELECT ${DOMAIN} FROM apigateway_domains WHERE ${OF_OWNER} FOR UPDATE`;
    const [row] = await tx.query<ApiDomain>(sql, [domainName, accountId, region]);
    return row;
  }

  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly ApiDomain[]> {
    return await this.#database.query<ApiDomain>(
      `SELECT ${DOMAIN} FROM apigateway_domains WHERE account_id = $1 AND region = $2 AND domain_name COLLATE "C" > $3
        ORDER BY domain_name COLLATE "C" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  async change(
    tx: Transaction,
    domainName: string,
    { settings, tags }: { readonly settings?: Settings; readonly tags?: ApiDomain["tags"] },
  ): Promise<void> {
    await tx.query(
      "UPDATE apigateway_domains SET settings = coalesce($2, settings), tags = coalesce($3, tags) WHERE domain_name = $1",
      [domainName, settings ? JSON.stringify(settings) : null, tags ? JSON.stringify(tags) : null],
    );
  }

  async delete(tx: Transaction, domainName: string): Promise<void> {
    await tx.query("DELETE FROM apigateway_domains WHERE domain_name = $1", [domainName]);
  }

  /** The mappings of a name of any account. */
  async mappings(domainName: string, tx: Queryable = this.#database): Promise<readonly ApiMapping[]> {
    return await tx.query<ApiMapping>(
      `SELECT ${MAPPING} FROM apigateway_mappings WHERE domain_name = $1 ORDER BY mapping_id COLLATE "C"`,
      [domainName],
    );
  }

  /** Whether a custom domain name leads to this API, or to this stage of it. */
  async isMapped(tx: Queryable, apiId: string, stage?: string): Promise<boolean> {
    const sql = "SELECT 1 FROM apigateway_mappings WHERE api_id = $1 AND ($2::text IS NULL OR stage = $2) LIMIT 1";
    return (await tx.query(sql, [apiId, stage ?? null])).length > 0;
  }

  /** Creates or replaces a mapping. False when another one of the name has the same key. */
  async putMapping(tx: Transaction, mapping: ApiMapping): Promise<boolean> {
    const { domainName, mappingId, mappingKey, apiId, stage } = mapping;
    const taken = await tx.query(
      "SELECT 1 FROM apigateway_mappings WHERE domain_name = $1 AND mapping_key = $2 AND mapping_id <> $3",
      [domainName, mappingKey, mappingId],
    );
    if (taken.length > 0) return false;
    await tx.query(
      `INSERT INTO apigateway_mappings (domain_name, mapping_id, mapping_key, api_id, stage) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (domain_name, mapping_id) DO UPDATE SET mapping_key = excluded.mapping_key, api_id = excluded.api_id, stage = excluded.stage`,
      [domainName, mappingId, mappingKey, apiId, stage],
    );
    return true;
  }

  async deleteMapping(tx: Transaction, domainName: string, mappingId: string): Promise<boolean> {
    const sql = "DELETE FROM apigateway_mappings WHERE domain_name = $1 AND mapping_id = $2 RETURNING 1";
    return (await tx.query(sql, [domainName, mappingId])).length > 0;
  }
}
