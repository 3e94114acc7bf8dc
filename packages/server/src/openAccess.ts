import { AccessKeys, Authorizer, EnvironmentCredentials, Identities, SessionTokens } from "@hearth/access";
import type { IndexedFunction } from "@hearth/store";
import { AccessKeyStore, type Database, IdentityStore } from "@hearth/store";
import type { Base } from "./base.ts";
import type { Stores } from "./openStores.ts";

/** The owner's account. */
export const OWNER_ACCOUNT = "000000000000";

const SECRET_BYTES = 32;

/** Who callers are and what they may do. */
export interface Access {
  readonly keys: AccessKeys;
  readonly identities: Identities;
  readonly sessions: SessionTokens;
  readonly environmentCredentials: EnvironmentCredentials;
  /** `findFunction` gives what is in memory of a function, where this process holds functions in memory. */
  authorizer(
    findFunction?: (
      accountId: string,
      FunctionName: string,
    ) => IndexedFunction | undefined | Promise<IndexedFunction | undefined>,
  ): Authorizer;
}

export async function openAccess(
  { config, clock, random, logger }: Base,
  database: Database,
  stores: Stores,
  stack: AsyncDisposableStack,
): Promise<Access> {
  const region = config.HEARTH_REGION;
  const identityStore = new IdentityStore(database);
  const secret = await identityStore.sessionSecret(Buffer.from(random.hex(SECRET_BYTES), "hex"));
  const sessions = new SessionTokens(secret, random);
  const owner = {
    accessKeyId: config.HEARTH_ACCESS_KEY_ID,
    secretAccessKey: config.HEARTH_SECRET_ACCESS_KEY,
    accountId: OWNER_ACCOUNT,
  };
  const keys = stack.use(
    await AccessKeys.open({
      store: new AccessKeyStore(database),
      database,
      configured: [owner],
      sessions,
      clock,
      logger,
    }),
  );
  const identities = stack.use(await Identities.open({ store: identityStore, database, logger }));
  return {
    keys,
    identities,
    sessions,
    environmentCredentials: new EnvironmentCredentials({ sessions, identities, region, clock }),
    authorizer: (findFunction) =>
      new Authorizer({
        identities,
        region,
        clock,
        functionTags: (accountId, FunctionName) => stores.tags.list({ accountId, FunctionName }),
        async resourcePolicy(accountId, { FunctionName, Qualifier }) {
          if (!findFunction) return (await stores.policies.find({ accountId, FunctionName }, Qualifier))?.statements;
          const found = findFunction(accountId, FunctionName);
          return (found instanceof Promise ? await found : found)?.policies?.get(Qualifier ?? "");
        },
      }),
  };
}
