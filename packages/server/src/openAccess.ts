import { AccessKeys, Authorizer, EnvironmentCredentials, Identities, SessionTokens } from "@hearth/access";
import { OWNER_ACCOUNT } from "@hearth/model";
import type { FunctionIndex, IndexedFunction, PolicyDocument } from "@hearth/store";
import { AccessKeyStore, type Database, IdentityStore } from "@hearth/store";
import type { Base } from "./base.ts";
import type { Stores } from "./openStores.ts";

const SECRET_BYTES = 32;

/** Who callers are and what they may do. */
export interface Access {
  readonly keys: AccessKeys;
  readonly identities: Identities;
  readonly sessions: SessionTokens;
  readonly environmentCredentials: EnvironmentCredentials;
  /** `functions` are those in memory, where this process holds any. */
  authorizer(functions?: Pick<FunctionIndex, "find" | "load">): Authorizer;
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
    authorizer: (functions) =>
      new Authorizer({
        identities,
        region,
        clock,
        functionTags: (accountId, FunctionName) => stores.tags.list({ accountId, FunctionName }),
        resourcePolicies(accountId, { FunctionName, Qualifier }, isInvoked) {
          const held = functions?.find(accountId, FunctionName);
          if (held) return policiesAbout(held, Qualifier);
          if (!functions || !isInvoked) return stores.policies.about({ accountId, FunctionName }, Qualifier);
          return functions.load(accountId, FunctionName, Qualifier).then((found) => policiesAbout(found, Qualifier));
        },
      }),
  };
}

const NONE: readonly PolicyDocument[] = [];

function policiesAbout(held: IndexedFunction | undefined, Qualifier: string | undefined): readonly PolicyDocument[] {
  const policies = held?.policies;
  if (!policies) return NONE;
  const whole = policies.get("");
  const qualified = Qualifier === undefined ? undefined : policies.get(Qualifier);
  return [...(whole ? [whole] : NONE), ...(qualified ? [qualified] : NONE)];
}
