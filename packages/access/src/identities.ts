import type { Logger } from "@hearth/kit";
import type { Principal } from "@hearth/model";
import { type Database, IAM_CHANNEL, type IdentityRecord, type IdentityStore } from "@hearth/store";
import { awsManagedPolicy } from "./awsManagedPolicies.ts";
import { InvalidPolicy } from "./policy/json.ts";
import { compilePolicy, type Policy } from "./policy/policy.ts";

export interface IdentitiesDeps {
  readonly store: Pick<IdentityStore, "load" | "policyDocument">;
  readonly database: Pick<Database, "listen">;
  readonly logger: Logger;
}

/** A user or a role with its compiled policies. When it changes, a new object takes its place. */
export interface Identity {
  readonly id: string;
  readonly Path: string;
  readonly Tags: Readonly<Record<string, string>>;
  readonly policies: readonly Policy[];
  /** The permissions boundary: the most that it may do. */
  readonly boundary: Policy | undefined;
  /** Who may assume it; a user has none. */
  readonly trust: Policy | undefined;
  readonly MaxSessionDuration: number;
}

type Kind = "user" | "role";
type Found = Identity | undefined;

/** Limit of users and roles in memory. When it is reached, all are dropped. */
const MAX_KEPT = 20_000;
/** Replaces a stored document that cannot be compiled: to refuse everything is the safe choice. */
const DENY_ALL = compilePolicy({ Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] });

/**
 * Users and roles of all accounts, read at first use and then kept in memory. A change in an account drops those of that account. When the connection
 * that listens for changes was lost, all are dropped.
 */
export class Identities implements AsyncDisposable {
  readonly #deps: IdentitiesDeps;
  readonly #accounts = new Map<string, Map<string, Found>>();
  /** By account, counting its changes: what was read while a change arrived must not be kept. */
  readonly #generations = new Map<string, number>();
  #generation = 0;
  #kept = 0;
  #listener: AsyncDisposable | undefined;

  /** Use `open`. */
  constructor(deps: IdentitiesDeps) {
    this.#deps = deps;
  }

  /** Resolves once changes are listened for. */
  static async open(deps: IdentitiesDeps): Promise<Identities> {
    const identities = new Identities(deps);
    identities.#listener = await deps.database.listen(IAM_CHANNEL, {
      onNotify: (accountId) => identities.#drop(accountId),
      onConnected: () => identities.#dropAll(),
    });
    return identities;
  }

  /** The identity of this name; without a promise when it is in memory. */
  find(kind: Kind, accountId: string, name: string): Found | Promise<Found> {
    const known = this.#accounts.get(accountId);
    const key = `${kind}/${name}`;
    const found = known?.get(key);
    return found || known?.has(key) ? found : this.#load(kind, accountId, name);
  }

  /** The caller's identity; `undefined` for a root, for an anonymous caller, and for a user or role that no longer exists. */
  of(accountId: string, principal: Principal): Found | Promise<Found> {
    if (principal.kind === "root" || principal.kind === "anonymous") return undefined;
    const name = principal.kind === "user" ? principal.UserName : principal.RoleName;
    const found = this.find(principal.kind, accountId, name);
    return found instanceof Promise ? found.then((it) => sameAs(principal, it)) : sameAs(principal, found);
  }

  async #load(kind: Kind, accountId: string, name: string): Promise<Found> {
    const generation = this.#generationOf(accountId);
    const record = await this.#deps.store.load(kind, accountId, name);
    const identity = record && (await this.#identity(accountId, record));
    if (generation === this.#generationOf(accountId)) this.#keep(accountId, `${kind}/${name}`, identity);
    return identity;
  }

  async #identity(accountId: string, record: IdentityRecord): Promise<Identity> {
    const { PermissionsBoundary: boundary } = record;
    const attached = record.attached.flatMap(
      ({ PolicyArn, Document }) => Document ?? this.#awsDocument(PolicyArn, record.id) ?? [],
    );
    const documents = [...record.inline.map(({ PolicyDocument }) => PolicyDocument), ...attached];
    return {
      id: record.id,
      Path: record.Path,
      Tags: record.Tags,
      policies: documents.map((document) => this.#compile(document, record.id)),
      boundary: boundary === null ? undefined : await this.#boundary(accountId, boundary, record.id),
      trust:
        record.AssumeRolePolicyDocument === null
          ? undefined
          : this.#compile(record.AssumeRolePolicyDocument, record.id),
      MaxSessionDuration: record.MaxSessionDuration ?? 3600,
    };
  }

  /** Attaching an unknown policy is refused, but earlier versions of Hearth accepted it. */
  #awsDocument(PolicyArn: string, id: string): string | undefined {
    const document = awsManagedPolicy(PolicyArn)?.Document;
    if (document === undefined) {
      this.#deps.logger.warn(
        { PolicyArn, id },
        "an attached AWS managed policy is not known to Hearth and has no effect",
      );
    }
    return document;
  }

  async #boundary(accountId: string, arn: string, id: string): Promise<Policy> {
    const document =
      awsManagedPolicy(arn)?.Document ??
      (await this.#deps.store.policyDocument(accountId, arn.slice(arn.lastIndexOf("/") + 1)));
    return document === undefined ? [] : this.#compile(document, id);
  }

  #compile(document: string, id: string): Policy {
    try {
      return compilePolicy(document);
    } catch (error) {
      if (!(error instanceof InvalidPolicy)) throw error;
      this.#deps.logger.error({ err: error, id }, "a stored policy is invalid; its user or role is refused everything");
      return DENY_ALL;
    }
  }

  #keep(accountId: string, key: string, identity: Found): void {
    if (this.#kept >= MAX_KEPT) this.#dropAll();
    let known = this.#accounts.get(accountId);
    if (!known) this.#accounts.set(accountId, (known = new Map()));
    known.set(key, identity);
    this.#kept++;
  }

  #generationOf(accountId: string): number {
    return this.#generation + (this.#generations.get(accountId) ?? 0);
  }

  #drop(accountId: string): void {
    this.#generations.set(accountId, (this.#generations.get(accountId) ?? 0) + 1);
    this.#kept -= this.#accounts.get(accountId)?.size ?? 0;
    this.#accounts.delete(accountId);
  }

  #dropAll(): void {
    this.#generation++;
    this.#accounts.clear();
    this.#kept = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
  }
}

/** A user or role that was deleted and created again under the same name is a different one. A function's role is recognised by its whole ARN. */
function sameAs(principal: Exclude<Principal, { kind: "root" | "anonymous" }>, found: Found): Found {
  if (!found) return undefined;
  if (principal.kind === "role" && principal.environment) {
    return found.Path === principal.environment.Path ? found : undefined;
  }
  return found.id === (principal.kind === "user" ? principal.UserId : principal.RoleId) ? found : undefined;
}
