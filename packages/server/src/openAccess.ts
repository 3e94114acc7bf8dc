import { AccessKeys, Authorizer, EnvironmentCredentials, Identities, SessionTokens } from "@hearth/access";
import { OWNER_ACCOUNT } from "@hearth/model";
import { AccessKeyStore, type Database, IdentityStore } from "@hearth/store";
import type { Base } from "./base.ts";
import { SERVICES, type ServiceHouse } from "./services.ts";

const SECRET_BYTES = 32;

/** Decides who callers are and what they may do. */
export interface Access {
  readonly keys: AccessKeys;
  readonly identities: Identities;
  readonly sessions: SessionTokens;
  readonly environmentCredentials: EnvironmentCredentials;
  /** Decides about the calls of all services; `house` is where their resources' policies are found. */
  authorizer(house: ServiceHouse): Authorizer;
}

export async function openAccess(
  { config, clock, random, logger }: Base,
  database: Database,
  stack: AsyncDisposableStack,
): Promise<Access> {
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
      store: new AccessKeyStore(database, logger),
      database,
      configured: [owner],
      region: config.HEARTH_REGION,
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
    environmentCredentials: new EnvironmentCredentials({ sessions, identities, clock }),
    authorizer: (house) =>
      new Authorizer({
        identities,
        clock,
        services: SERVICES.map(({ signingName, questions, warmKey, resources }) => ({
          signingName,
          questions,
          ...(warmKey && { warmKey }),
          ...(resources && { resources: resources(house) }),
        })),
      }),
  };
}
