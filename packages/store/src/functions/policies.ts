import type { Random } from "@hearth/kit";
import { functionArn, isVersionNumber, ResourceNotFoundException } from "@hearth/model";
import { recordFunctionChange } from "./functionChange.ts";
import type { Database, Transaction } from "../postgres/database.ts";
import {
  addStatement,
  checkPolicySize,
  checkRevision,
  NEW_POLICY,
  noPolicy,
  type PolicyDocument,
  type PolicyStatement,
  removeStatement,
  statementsOf,
} from "../resource-policies/policyStatements.ts";
import { type FunctionKey, functionNotFound, lockLatest, qualifierNotFound } from "./functionRows.ts";

export interface PolicyStoreDeps {
  readonly database: Database;
  readonly random: Random;
}

export interface FunctionPolicy {
  /** Changes with this policy alone, not with the function, version or alias that has it. */
  readonly RevisionId: string;
  readonly document: PolicyDocument;
}

/** Resource policies of a function (no qualifier), a version or an alias. Every write is recorded in the change log. */
export class PolicyStore {
  readonly #deps: PolicyStoreDeps;

  constructor(deps: PolicyStoreDeps) {
    this.#deps = deps;
  }

  async find(key: FunctionKey, qualifier: string | undefined): Promise<FunctionPolicy | undefined> {
    const [row] = await this.#deps.database.prepared<FunctionPolicy>(READ, policyKey(key, qualifier));
    return row;
  }

  /** The documents that apply to `qualifier`: the function's own, and that of the version or alias. */
  async about(key: FunctionKey, qualifier: string | undefined): Promise<readonly PolicyDocument[]> {
    const rows = await this.#deps.database.prepared<Pick<FunctionPolicy, "document">>(
      `SELECT document FROM function_policies WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier IN ('', $4)`,
      [key.accountId, key.region, key.FunctionName, qualifier ?? ""],
    );
    return rows.map(({ document }) => document);
  }

  /**
   * Replaces the policy with `document`, and resolves with the new revision. Rejects with ResourceNotFoundException (function, version or alias),
   * PreconditionFailedException or PolicyLengthExceededException.
   */
  async put(
    key: FunctionKey,
    qualifier: string | undefined,
    document: PolicyDocument,
    RevisionId?: string,
  ): Promise<string> {
    return await this.#deps.database.transaction(async (tx) => {
      const owner = await this.#lock(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      checkRevision(current?.RevisionId ?? owner, RevisionId, staleRevision("GetResourcePolicy"));
      return await this.#write(tx, key, qualifier, document);
    });
  }

  /** Removes the whole policy. Rejects with ResourceNotFoundException or PreconditionFailedException. */
  async delete(key: FunctionKey, qualifier: string | undefined, RevisionId?: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await this.#lock(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      if (!current) throw new ResourceNotFoundException("The resource you requested does not exist.");
      checkRevision(current.RevisionId, RevisionId, staleRevision("GetResourcePolicy"));
      await this.#write(tx, key, qualifier, undefined);
    });
  }

  /**
   * Adds `statement`. `RevisionId` is that of the policy or, where there is none yet, of the function, version or alias. Rejects with ResourceNotFoundException (function, version or alias), PreconditionFailedException,
   * ResourceConflictException (its Sid is taken) or PolicyLengthExceededException.
   */
  async add(
    key: FunctionKey,
    qualifier: string | undefined,
    statement: PolicyStatement,
    RevisionId?: string,
  ): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const owner = await this.#lock(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      checkRevision(current?.RevisionId ?? owner, RevisionId, staleRevision("GetPolicy"));
      const document = current?.document ?? NEW_POLICY;
      const Statement = addStatement(statementsOf(document), statement);
      await this.#write(tx, key, qualifier, { ...document, Statement });
    });
  }

  /**
   * Removes the statement `Sid`; removing the last statement deletes the policy. Rejects with ResourceNotFoundException or
   * PreconditionFailedException.
   */
  async remove(key: FunctionKey, qualifier: string | undefined, Sid: string, RevisionId?: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      if (!(await lockLatest(tx, key)))
        throw new ResourceNotFoundException(`No policy found for: ${functionArn({ ...key, Qualifier: qualifier })}`);
      await this.#lock(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      if (!current) throw noPolicy();
      const { document } = current;
      checkRevision(current.RevisionId, RevisionId, staleRevision("GetPolicy"));
      const Statement = removeStatement(statementsOf(document), Sid);
      await this.#write(tx, key, qualifier, Statement.length === 0 ? undefined : { ...document, Statement });
    });
  }

  /** Locks the function and resolves with the revision of the function, version or alias that `qualifier` names. */
  async #lock(tx: Transaction, key: FunctionKey, qualifier: string | undefined): Promise<string> {
    const latest = await lockLatest(tx, key);
    if (!latest) throw qualifier === undefined ? functionNotFound(key) : qualifierNotFound(key, qualifier);
    if (qualifier === undefined) return latest.record.RevisionId;
    const values = [key.accountId, key.region, key.FunctionName, qualifier];
    const [found] = isVersionNumber(qualifier)
      ? await tx.prepared<{ RevisionId: string }>(
          `SELECT "RevisionId" FROM function_versions WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND number = $4::numeric AND number > 0`,
          values,
        )
      : await tx.prepared<{ RevisionId: string }>(
          `SELECT "RevisionId" FROM aliases WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND "Name" = $4`,
          values,
        );
    if (!found) throw qualifierNotFound(key, qualifier);
    return found.RevisionId;
  }

  async #read(tx: Transaction, key: FunctionKey, qualifier: string | undefined): Promise<FunctionPolicy | undefined> {
    const [row] = await tx.prepared<FunctionPolicy>(READ, policyKey(key, qualifier));
    return row;
  }

  /** Resolves with the new revision. */
  async #write(
    tx: Transaction,
    key: FunctionKey,
    qualifier: string | undefined,
    document: PolicyDocument | undefined,
  ): Promise<string> {
    const text = document && JSON.stringify(document);
    if (text !== undefined) checkPolicySize(text);
    const isVersion = qualifier !== undefined && isVersionNumber(qualifier);
    const RevisionId = this.#deps.random.uuid();
    if (text === undefined) {
      await tx.prepared(
        `DELETE FROM function_policies WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`,
        policyKey(key, qualifier),
      );
    } else {
      await tx.prepared(
        `INSERT INTO function_policies (account_id, region, "FunctionName", number, alias, document, "RevisionId") VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account_id, region, "FunctionName", qualifier) DO UPDATE SET document = excluded.document, "RevisionId" = excluded."RevisionId"`,
        [
          key.accountId,
          key.region,
          key.FunctionName,
          isVersion ? qualifier : null,
          isVersion ? null : (qualifier ?? null),
          text,
          RevisionId,
        ],
      );
    }
    await recordFunctionChange(tx, key);
    return RevisionId;
  }
}

const READ = `SELECT document, "RevisionId" FROM function_policies WHERE account_id = $1 AND region = $2 AND "FunctionName" = $3 AND qualifier = $4`;

function policyKey(key: FunctionKey, qualifier: string | undefined): readonly string[] {
  return [key.accountId, key.region, key.FunctionName, qualifier ?? ""];
}

function staleRevision(operation: string): string {
  return `The Revision Id provided does not match the latest Revision Id. Call the ${operation} API to retrieve the latest Revision Id`;
}
