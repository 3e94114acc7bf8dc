import type { Random } from "@hearth/kit";
import {
  isVersionNumber,
  MAX_POLICY_BYTES,
  PolicyLengthExceededException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import { recordChange } from "./changeLog.ts";
import type { Database, Transaction } from "./database.ts";
import { type FunctionKey, functionNotFound, lockLatest } from "./functionRows.ts";

export interface PolicyStoreDeps {
  readonly database: Database;
  readonly random: Random;
  readonly region: string;
}

/** One statement of a resource policy, in the policy language's members. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface FunctionPolicy {
  readonly RevisionId: string;
  readonly statements: readonly PolicyStatement[];
}

interface PolicyRow {
  readonly RevisionId: string;
  readonly statements: readonly PolicyStatement[];
}

/** The document GetPolicy answers with. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
}

/** Resource policies: of a function (no qualifier), of a version or of an alias. Every write is in the change log. */
export class PolicyStore {
  readonly #deps: PolicyStoreDeps;

  constructor(deps: PolicyStoreDeps) {
    this.#deps = deps;
  }

  async find(key: FunctionKey, qualifier: string | undefined): Promise<FunctionPolicy | undefined> {
    const [row] = await this.#deps.database.prepared<PolicyRow>(
      `SELECT "RevisionId", statements FROM function_policies WHERE account_id = $1 AND "FunctionName" = $2 AND qualifier = $3`,
      [key.accountId, key.FunctionName, qualifier ?? ""],
    );
    return row;
  }

  /**
   * Adds `statement`. Rejects with ResourceNotFoundException (function, version or alias), PreconditionFailedException,
   * ResourceConflictException (its Sid is taken) or PolicyLengthExceededException.
   */
  async add(
    key: FunctionKey,
    qualifier: string | undefined,
    statement: PolicyStatement,
    RevisionId?: string,
  ): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await this.#require(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      checkRevision(current, RevisionId);
      const statements = current?.statements ?? [];
      if (statements.some(({ Sid }) => Sid === statement.Sid)) {
        throw new ResourceConflictException(
          `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
        );
      }
      await this.#write(tx, key, qualifier, [...statements, statement]);
    });
  }

  /** Removes the statement `Sid`, and the policy with its last one. Rejects with ResourceNotFoundException or PreconditionFailedException. */
  async remove(key: FunctionKey, qualifier: string | undefined, Sid: string, RevisionId?: string): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      await this.#require(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      if (!current) throw new ResourceNotFoundException("No policy is associated with the given resource.");
      checkRevision(current, RevisionId);
      const statements = current.statements.filter((statement) => statement.Sid !== Sid);
      if (statements.length === current.statements.length) {
        throw new ResourceNotFoundException(`Statement ${Sid} is not found in resource policy.`);
      }
      await this.#write(tx, key, qualifier, statements);
    });
  }

  async #require(tx: Transaction, key: FunctionKey, qualifier: string | undefined): Promise<void> {
    if (!(await lockLatest(tx, key))) throw functionNotFound(this.#deps.region, key, qualifier);
    if (qualifier === undefined) return;
    const found = isVersionNumber(qualifier)
      ? await tx.prepared(
          `SELECT 1 FROM function_versions WHERE account_id = $1 AND "FunctionName" = $2 AND number = $3::numeric AND number > 0`,
          [key.accountId, key.FunctionName, qualifier],
        )
      : await tx.prepared(`SELECT 1 FROM aliases WHERE account_id = $1 AND "FunctionName" = $2 AND "Name" = $3`, [
          key.accountId,
          key.FunctionName,
          qualifier,
        ]);
    if (found.length === 0) throw functionNotFound(this.#deps.region, key, qualifier);
  }

  async #read(tx: Transaction, key: FunctionKey, qualifier: string | undefined): Promise<PolicyRow | undefined> {
    const [row] = await tx.prepared<PolicyRow>(
      `SELECT "RevisionId", statements FROM function_policies WHERE account_id = $1 AND "FunctionName" = $2 AND qualifier = $3`,
      [key.accountId, key.FunctionName, qualifier ?? ""],
    );
    return row;
  }

  async #write(
    tx: Transaction,
    key: FunctionKey,
    qualifier: string | undefined,
    statements: readonly PolicyStatement[],
  ): Promise<void> {
    const size = Buffer.byteLength(policyDocument(statements));
    if (size > MAX_POLICY_BYTES) {
      throw new PolicyLengthExceededException(
        `The final policy size (${size}) is bigger than the limit (${MAX_POLICY_BYTES}).`,
      );
    }
    if (statements.length === 0) {
      await tx.prepared(
        `DELETE FROM function_policies WHERE account_id = $1 AND "FunctionName" = $2 AND qualifier = $3`,
        [key.accountId, key.FunctionName, qualifier ?? ""],
      );
    } else {
      const isVersion = qualifier !== undefined && isVersionNumber(qualifier);
      await tx.prepared(
        `INSERT INTO function_policies (account_id, "FunctionName", number, alias, "RevisionId", statements) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account_id, "FunctionName", qualifier) DO UPDATE SET "RevisionId" = excluded."RevisionId", statements = excluded.statements`,
        [
          key.accountId,
          key.FunctionName,
          isVersion ? qualifier : null,
          isVersion ? null : (qualifier ?? null),
          this.#deps.random.uuid(),
          JSON.stringify(statements),
        ],
      );
    }
    await recordChange(tx, key.accountId, key.FunctionName);
  }
}

function checkRevision(current: PolicyRow | undefined, RevisionId: string | undefined): void {
  if (RevisionId === undefined || RevisionId === current?.RevisionId) return;
  throw new PreconditionFailedException(
    "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to retrieve the latest RevisionId.",
  );
}
