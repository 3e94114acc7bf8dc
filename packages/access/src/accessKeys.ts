import { type Clock, type Logger, Semaphore } from "@hearth/kit";
import { globalArn } from "@hearth/model";
import { ACCESS_KEY_CHANNEL, type AccessKeyRecord, type AccessKeyStore, type Database } from "@hearth/store";
import type { AccessKey, FindAccessKey } from "@hearth/wire";
import type { SessionTokens } from "./sessionTokens.ts";

export interface AccessKeysDeps {
  readonly store: Pick<AccessKeyStore, "list" | "find">;
  readonly database: Pick<Database, "listen">;
  /** Keys from the configuration. They are valid even if the table says otherwise. */
  readonly configured: readonly AccessKeyRecord[];
  /** A region of the installation: it determines the partition of ARNs. */
  readonly region: string;
  readonly sessions: Pick<SessionTokens, "open">;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long an unknown key id is refused without asking PostgreSQL again. */
const UNKNOWN_MS = 2_000;
const MAX_UNKNOWN = 10_000;
/** Limit of sessions whose decrypted tokens are cached. When it is reached, all are dropped. */
const MAX_SESSIONS = 10_000;
/** Look-ups at the same time: a client that tries many ids must not take up the connections that other requests need. */
const LOOK_UPS = 2;

/**
 * The access keys of all accounts and users, in memory: a known key is found without a query. They are read again when the table changes, and when
 * the connection that listens for changes was lost. An unknown id is looked up once and cached as unknown for 2 s. Session credentials need no table:
 * their token contains everything.
 */
export class AccessKeys implements AsyncDisposable {
  readonly #deps: AccessKeysDeps;
  readonly #configured: ReadonlyMap<string, AccessKey>;
  readonly #unknownUntil = new Map<string, number>();
  readonly #sessions = new Map<string, AccessKey & { readonly parent?: string }>();
  readonly #lookUps = new Semaphore(LOOK_UPS);
  #keys: ReadonlyMap<string, AccessKey> = new Map();
  #listener: AsyncDisposable | undefined;
  #reading: Promise<void> | undefined;
  #stale = false;

  /** Use `open`. */
  constructor(deps: AccessKeysDeps) {
    this.#deps = deps;
    this.#configured = new Map(deps.configured.map((record) => [record.accessKeyId, toKey(record, deps.region)]));
  }

  /** Resolves once every key is in memory and changes are listened for. */
  static async open(deps: AccessKeysDeps): Promise<AccessKeys> {
    const keys = new AccessKeys(deps);
    const refresh = (): void => keys.#refresh();
    keys.#listener = await deps.database.listen(ACCESS_KEY_CHANNEL, { onNotify: refresh, onConnected: refresh });
    await keys.#reading;
    return keys;
  }

  readonly find: FindAccessKey = (accessKeyId, sessionToken) => {
    if (sessionToken !== undefined) return this.#session(accessKeyId, sessionToken);
    return this.#configured.get(accessKeyId) ?? this.#keys.get(accessKeyId) ?? this.#lookUp(accessKeyId);
  };

  #session(accessKeyId: string, sessionToken: string): ReturnType<FindAccessKey> {
    let session = this.#sessions.get(accessKeyId);
    if (session?.sessionToken !== sessionToken) {
      session = this.#deps.sessions.open(accessKeyId, sessionToken);
      if (!session) return undefined;
      if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.clear();
      this.#sessions.set(accessKeyId, session);
    }
    if (session.parent === undefined) return session;
    return this.#whileItHolds(session.parent, session);
  }

  /** A session that was issued to a long-term key is valid only as long as that key. */
  #whileItHolds(parent: string, session: AccessKey): ReturnType<FindAccessKey> {
    const key = this.find(parent);
    if (key instanceof Promise) return key.then((found) => found && session);
    return key && session;
  }

  #lookUp(accessKeyId: string): Promise<AccessKey | undefined> | undefined {
    const now = this.#deps.clock.monotonicMs();
    if ((this.#unknownUntil.get(accessKeyId) ?? 0) > now) return undefined;
    return this.#ask(accessKeyId);
  }

  async #ask(accessKeyId: string): Promise<AccessKey | undefined> {
    using _permit = await this.#lookUps.acquire();
    const record = await this.#deps.store.find(accessKeyId);
    if (record) return toKey(record, this.#deps.region); // its NOTIFY, which puts it into memory, is on its way
    if (this.#unknownUntil.size >= MAX_UNKNOWN) this.#unknownUntil.clear();
    this.#unknownUntil.set(accessKeyId, this.#deps.clock.monotonicMs() + UNKNOWN_MS);
    return undefined;
  }

  /** Reads all keys, and once more when a change is announced meanwhile. */
  #refresh(): void {
    this.#stale = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
  }

  async #read(): Promise<void> {
    while (this.#stale) {
      this.#stale = false;
      try {
        const records = await this.#deps.store.list();
        this.#keys = new Map(records.map((record) => [record.accessKeyId, toKey(record, this.#deps.region)]));
        this.#unknownUntil.clear();
      } catch (error) {
        this.#deps.logger.error(
          { err: error },
          "access keys could not be read; the ones in memory stay valid until they can be",
        );
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listener?.[Symbol.asyncDispose]();
    await this.#reading;
  }
}

/** The caller of a key is its user, or the account's root when the key has no user. */
function toKey({ accessKeyId, accountId, secretAccessKey, user }: AccessKeyRecord, region: string): AccessKey {
  if (!user) {
    const arn = globalArn({ service: "iam", region, accountId, resource: "root" });
    return { secretAccessKey, caller: { accountId, accessKeyId, arn, userId: accountId, principal: { kind: "root" } } };
  }
  const { UserName, UserId, Path } = user;
  const arn = globalArn({ service: "iam", region, accountId, resource: `user${Path}${UserName}` });
  const principal = { kind: "user", UserName, UserId } as const;
  return { secretAccessKey, caller: { accountId, accessKeyId, arn, userId: UserId, principal } };
}
