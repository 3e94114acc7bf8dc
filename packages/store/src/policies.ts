import type { Random } from "@hearth/kit";
import {
  isVersionNumber,
  MAX_POLICY_BYTES,
  PolicyLengthExceededException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";
import { writeAliasRevision } from "./aliases.ts";
import { recordChange } from "./changeLog.ts";
import type { Database, Transaction } from "./database.ts";
import { type FunctionKey, functionNotFound, lockLatest, writeRevision } from "./functionRows.ts";

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
  /** Of the function, version or alias that has it: a change of its policy is a change of that. */
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
    const [row] = await this.#deps.database.prepared<FunctionPolicy>(
      `SELECT p.statements, coalesce(a."RevisionId", v."RevisionId") AS "RevisionId" FROM function_policies p
         LEFT JOIN aliases a ON a.account_id = p.account_id AND a."FunctionName" = p."FunctionName" AND a."Name" = p.alias
         LEFT JOIN function_versions v ON v.account_id = p.account_id AND v."FunctionName" = p."FunctionName"
                                      AND v.number = coalesce(p.number, 0) AND p.alias IS NULL
        WHERE p.account_id = $1 AND p."FunctionName" = $2 AND p.qualifier = $3`,
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
      checkRevision(await this.#lock(tx, key, qualifier), RevisionId);
      const statements = (await this.#read(tx, key, qualifier)) ?? [];
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
      const revision = await this.#lock(tx, key, qualifier);
      const current = await this.#read(tx, key, qualifier);
      if (!current) throw new ResourceNotFoundException("No policy is associated with the given resource.");
      checkRevision(revision, RevisionId);
      const statements = current.filter((statement) => statement.Sid !== Sid);
      if (statements.length === current.length) {
        throw new ResourceNotFoundException(`Statement ${Sid} is not found in resource policy.`);
      }
      await this.#write(tx, key, qualifier, statements);
    });
  }

  /** Locks the function and resolves with the revision of what `qualifier` names. */
  async #lock(tx: Transaction, key: FunctionKey, qualifier: string | undefined): Promise<string> {
    const latest = await lockLatest(tx, key);
    if (!latest) throw functionNotFound(this.#deps.region, key, qualifier);
    if (qualifier === undefined) return latest.record.RevisionId;
    const values = [key.accountId, key.FunctionName, qualifier];
    const [found] = isVersionNumber(qualifier)
      ? await tx.prepared<{ RevisionId: string }>(
          `SELECT "RevisionId" FROM function_versions WHERE account_id = $1 AND "FunctionName" = $2 AND number = $3::numeric AND number > 0`,
          values,
        )
      : await tx.prepared<{ RevisionId: string }>(
          `SELECT "RevisionId" FROM aliases WHERE account_id = $1 AND "FunctionName" = $2 AND "Name" = $3`,
          values,
        );
    if (!found) throw functionNotFound(this.#deps.region, key, qualifier);
    return found.RevisionId;
  }

  async #read(
    tx: Transaction,
    key: FunctionKey,
    qualifier: string | undefined,
  ): Promise<readonly PolicyStatement[] | undefined> {
    const [row] = await tx.prepared<Pick<FunctionPolicy, "statements">>(
      `SELECT statements FROM function_policies WHERE account_id = $1 AND "FunctionName" = $2 AND qualifier = $3`,
      [key.accountId, key.FunctionName, qualifier ?? ""],
    );
    return row?.statements;
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
    const isVersion = qualifier !== undefined && isVersionNumber(qualifier);
    const alias = isVersion ? undefined : qualifier;
    if (statements.length === 0) {
      await tx.prepared(
        `DELETE FROM function_policies WHERE account_id = $1 AND "FunctionName" = $2 AND qualifier = $3`,
        [key.accountId, key.FunctionName, qualifier ?? ""],
      );
    } else {
      await tx.prepared(
        `INSERT INTO function_policies (account_id, "FunctionName", number, alias, statements) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, "FunctionName", qualifier) DO UPDATE SET statements = excluded.statements`,
        [key.accountId, key.FunctionName, isVersion ? qualifier : null, alias ?? null, JSON.stringify(statements)],
      );
    }
    const RevisionId = this.#deps.random.uuid();
    if (alias === undefined) await writeRevision(tx, key, isVersion ? BigInt(qualifier) : 0n, RevisionId);
    else await writeAliasRevision(tx, key, alias, RevisionId);
    await recordChange(tx, key.accountId, key.FunctionName);
  }
}

function checkRevision(current: string, RevisionId: string | undefined): void {
  if (RevisionId === undefined || RevisionId === current) return;
  throw new PreconditionFailedException(
    "The RevisionId provided does not match the latest RevisionId. Call the GetPolicy API to retrieve the latest RevisionId.",
  );
}
