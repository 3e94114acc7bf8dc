import type { AccountRegion } from "@hearth/model";
import type { Database } from "../postgres/database.ts";

export type IotCertificateStatus = "ACTIVE" | "INACTIVE" | "REVOKED";

/** A certificate of a device. */
export interface IotCertificate extends AccountRegion {
  /** The SHA-256 of the certificate, in hexadecimal. */
  readonly certificateId: string;
  readonly pem: string;
  readonly status: IotCertificateStatus;
  /** Milliseconds since the epoch, as all times. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
}

export type NewIotCertificate = Omit<IotCertificate, "createdMs" | "modifiedMs">;

const ms = (column: string, name: string): string => `(extract(epoch FROM ${column}) * 1000)::float8 AS "${name}"`;
const COLUMNS = `certificate_id AS "certificateId", account_id AS "accountId", region, pem, status, ${ms("not_before", "notBeforeMs")},
  ${ms("not_after", "notAfterMs")}, ${ms("created_at", "createdMs")}, ${ms("modified_at", "modifiedMs")}`;
const OF_KEY = "account_id = $1 AND region = $2 AND certificate_id = $3";

/** The certificates of devices. A trigger announces each change on the channel `hearth_iot`. */
export class IotCertificateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Resolves with `taken` when the certificate is registered, in whatever account, and with `tooMany` when the account has `quota` of them. */
  async add(certificate: NewIotCertificate, quota: number): Promise<"added" | "taken" | "tooMany"> {
    const { certificateId, accountId, region, pem, status, notBeforeMs, notAfterMs } = certificate;
    const rows = await this.#database.query(
      `INSERT INTO iot_certificates (certificate_id, account_id, region, pem, status, not_before, not_after)
       SELECT $1, $2, $3, $4, $5, to_timestamp($6::float8 / 1000), to_timestamp($7::float8 / 1000)
        WHERE (SELECT count(*) FROM iot_certificates WHERE account_id = $2 AND region = $3) < $8
       ON CONFLICT DO NOTHING RETURNING 1`,
      [certificateId, accountId, region, pem, status, notBeforeMs, notAfterMs, quota],
    );
    if (rows.length > 0) return "added";
    return (await this.findById(certificateId)) ? "taken" : "tooMany";
  }

  /** Of any account. */
  async findById(certificateId: string): Promise<IotCertificate | undefined> {
    const [row] = await this.#database.query<IotCertificate>(
      `SELECT ${COLUMNS} FROM iot_certificates WHERE certificate_id = $1`,
      [certificateId],
    );
    return row;
  }

  async find({ accountId, region }: AccountRegion, certificateId: string): Promise<IotCertificate | undefined> {
    const found = await this.findById(certificateId);
    return found?.accountId === accountId && found.region === region ? found : undefined;
  }

  /** By id. */
  async list(
    { accountId, region }: AccountRegion,
    { after = "", limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly IotCertificate[]> {
    return await this.#database.query<IotCertificate>(
      `SELECT ${COLUMNS} FROM iot_certificates WHERE account_id = $1 AND region = $2 AND certificate_id > $3
        ORDER BY certificate_id LIMIT $4`,
      [accountId, region, after, limit],
    );
  }

  /** False when there is no such certificate. */
  async setStatus(
    { accountId, region }: AccountRegion,
    certificateId: string,
    status: IotCertificateStatus,
  ): Promise<boolean> {
    const rows = await this.#database.query(
      `UPDATE iot_certificates SET status = $4, modified_at = now() WHERE ${OF_KEY} RETURNING 1`,
      [accountId, region, certificateId, status],
    );
    return rows.length > 0;
  }

  /** Deletes a certificate that is not active and has no policies, and with `force` detaches them. */
  async delete(
    { accountId, region }: AccountRegion,
    certificateId: string,
    force: boolean,
  ): Promise<"deleted" | "absent" | "active" | "attached"> {
    return await this.#database.transaction(async (tx) => {
      const [row] = await tx.query<Pick<IotCertificate, "status">>(
        `SELECT status FROM iot_certificates WHERE ${OF_KEY} FOR UPDATE`,
        [accountId, region, certificateId],
      );
      if (!row) return "absent";
      if (row.status === "ACTIVE") return "active";
      if (force) await tx.query("DELETE FROM iot_policy_attachments WHERE certificate_id = $1", [certificateId]);
      const [attached] = await tx.query("SELECT 1 FROM iot_policy_attachments WHERE certificate_id = $1 LIMIT 1", [
        certificateId,
      ]);
      if (attached) return "attached";
      await tx.query("DELETE FROM iot_certificates WHERE certificate_id = $1", [certificateId]);
      return "deleted";
    });
  }
}
