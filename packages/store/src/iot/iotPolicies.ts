import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export interface IotPolicyVersion {
  readonly id: string;
  readonly document: string;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
}

export interface IotPolicyKey extends AccountRegion {
  readonly policyName: string;
}

/** A policy of IoT: what clients with the certificates that it is attached to may do. */
export interface IotPolicyRecord extends IotPolicyKey {
  readonly versions: readonly IotPolicyVersion[];
  readonly defaultId: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

type Changed = Pick<IotPolicyRecord, "versions" | "defaultId" | "tags">;

const COLUMNS = `p.account_id AS "accountId", p.region, p.policy_name AS "policyName", p.versions, p.default_id AS "defaultId", p.tags,
  (extract(epoch FROM p.created_at) * 1000)::float8 AS "createdMs", (extract(epoch FROM p.modified_at) * 1000)::float8 AS "modifiedMs"`;
const OF_KEY = "account_id = $1 AND region = $2 AND policy_name = $3";

/** The policies of IoT and the certificates that they are attached to. A trigger announces each change on the channel `hearth_iot`. */
export class IotPolicyStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(
    key: IotPolicyKey,
    { versions, defaultId, tags }: Changed,
    quota: number,
  ): Promise<"created" | "taken" | "tooMany"> {
    const { accountId, region, policyName } = key;
    const rows = await this.#database.query(
      `INSERT INTO iot_policies (account_id, region, policy_name, versions, default_id, tags)
       SELECT $1, $2, $3, $4, $5, $6 WHERE (SELECT count(*) FROM iot_policies WHERE account_id = $1 AND region = $2) < $7
       ON CONFLICT DO NOTHING RETURNING 1`,
      [accountId, region, policyName, JSON.stringify(versions), defaultId, JSON.stringify(tags), quota],
    );
    if (rows.length > 0) return "created";
    return (await this.find(key)) ? "taken" : "tooMany";
  }

  async find({ accountId, region, policyName }: IotPolicyKey): Promise<IotPolicyRecord | undefined> {
    const [row] = await this.#database.query<IotPolicyRecord>(`SELECT ${COLUMNS} FROM iot_policies p WHERE ${OF_KEY}`, [
      accountId,
      region,
      policyName,
    ]);
    return row;
  }

  /** By name. */
  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly IotPolicyRecord[]> {
    return await this.#database.query<IotPolicyRecord>(
      `SELECT ${COLUMNS} FROM iot_policies p WHERE account_id = $1 AND region = $2 AND policy_name COLLATE "C" > $3
        ORDER BY policy_name COLLATE "C" LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** Changes a policy by `change`, which gets the present one. False when there is no such policy. */
  async change(
    { accountId, region, policyName }: IotPolicyKey,
    change: (present: IotPolicyRecord) => Partial<Changed>,
  ): Promise<boolean> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<IotPolicyRecord>(
        `SELECT ${COLUMNS} FROM iot_policies p WHERE ${OF_KEY} FOR UPDATE`,
        [accountId, region, policyName],
      );
      if (!row) return false;
      const { versions, defaultId, tags } = { ...row, ...change(row) };
      await tx.query(
        `UPDATE iot_policies SET versions = $4, default_id = $5, tags = $6, modified_at = now() WHERE ${OF_KEY}`,
        [accountId, region, policyName, JSON.stringify(versions), defaultId, JSON.stringify(tags)],
      );
      return true;
    });
  }

  /** Deletes a policy that is attached to nothing and has one version. */
  async delete(key: IotPolicyKey): Promise<"deleted" | "absent" | "attached" | "versions"> {
    const { accountId, region, policyName } = key;
    return await this.#database.transaction(async (tx) => {
      const values = [accountId, region, policyName];
      const [row] = await tx.query<IotPolicyRecord>(
        `SELECT ${COLUMNS} FROM iot_policies p WHERE ${OF_KEY} FOR UPDATE`,
        values,
      );
      if (!row) return "absent";
      const [attached] = await tx.query(`SELECT 1 FROM iot_policy_attachments WHERE ${OF_KEY} LIMIT 1`, values);
      if (attached) return "attached";
      if (row.versions.length > 1) return "versions";
      await tx.query(`DELETE FROM iot_policies WHERE ${OF_KEY}`, values);
      return "deleted";
    });
  }

  /** Attaches it to a certificate of the same account and region; nothing changes where it is attached. False when one of them does not exist. */
  async attach({ accountId, region, policyName }: IotPolicyKey, certificateId: string): Promise<boolean> {
    const rows = await this.#database.query(
      `WITH both_there AS (
         SELECT 1 FROM iot_policies p JOIN iot_certificates c ON c.account_id = p.account_id AND c.region = p.region
          WHERE p.account_id = $1 AND p.region = $2 AND p.policy_name = $3 AND c.certificate_id = $4
       ), added AS (
         INSERT INTO iot_policy_attachments (account_id, region, policy_name, certificate_id)
         SELECT $1, $2, $3, $4 FROM both_there ON CONFLICT DO NOTHING
       )
       SELECT 1 FROM both_there`,
      [accountId, region, policyName, certificateId],
    );
    return rows.length > 0;
  }

  async detach({ accountId, region, policyName }: IotPolicyKey, certificateId: string): Promise<void> {
    await this.#database.query(`DELETE FROM iot_policy_attachments WHERE ${OF_KEY} AND certificate_id = $4`, [
      accountId,
      region,
      policyName,
      certificateId,
    ]);
  }

  /** The policies of a certificate, by name. */
  async ofCertificate(
    { accountId, region }: AccountRegion,
    certificateId: string,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly IotPolicyRecord[]> {
    return await this.#database.query<IotPolicyRecord>(
      `SELECT ${COLUMNS} FROM iot_policy_attachments a JOIN iot_policies p USING (account_id, region, policy_name)
        WHERE a.account_id = $1 AND a.region = $2 AND a.certificate_id = $3 AND a.policy_name COLLATE "C" > $4
        ORDER BY a.policy_name COLLATE "C" LIMIT $5`,
      [accountId, region, certificateId, after, limit],
    );
  }

  /** The certificates that a policy is attached to, by id. */
  async targets(
    { accountId, region, policyName }: IotPolicyKey,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly string[]> {
    const rows = await this.#database.query<{ readonly id: string }>(
      `SELECT certificate_id AS id FROM iot_policy_attachments WHERE ${OF_KEY} AND certificate_id > $4 ORDER BY certificate_id LIMIT $5`,
      [accountId, region, policyName, after, limit],
    );
    return rows.map(({ id }) => id);
  }
}
