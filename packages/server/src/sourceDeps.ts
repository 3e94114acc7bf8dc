import type { Senders } from "@hearth/access";
import { senderOf, type SourceDeps } from "@hearth/event-sources";
import { OWNER_ACCOUNT } from "@hearth/model";
import { secretReader } from "@hearth/services";
import type { FunctionIndex } from "@hearth/store";
import type { Base } from "./base.ts";
import type { Config } from "./config.ts";
import type { House } from "./house.ts";
import { outboundAuthorities } from "./openOutbound.ts";

/** What event sources are made of in this process. A new source that needs more adds it to `SourceDeps` and here. */
export function sourceDeps(
  { config, clock, random, logger }: Base,
  { queues, streams, passedTables, outbound, opened }: House,
  senders: () => Senders,
  functions?: Pick<FunctionIndex, "load">,
): SourceDeps {
  return {
    ...{ clock, random, logger, queues, streams, passedTables, outbound, sqsServer: sqsServer(config) },
    connections: config.HEARTH_SOURCE_CONNECTIONS,
    logLimitBytes: config.HEARTH_SOURCE_LOG_LIMIT_MB * 1024 * 1024,
    brokers: config.HEARTH_BROKERS,
    authorities: outboundAuthorities(config),
    roleOf: async (mapping) => functions && (await senderOf(mapping, functions))?.Role,
    secretOf: async (SecretArn, mapping) => {
      const sender = functions && (await senderOf(mapping, functions));
      if (!sender) throw new Error("The function does not exist, or is not ready.");
      return await secretReader({ database: opened.database, senders: senders() }).valueOf(SecretArn, sender);
    },
  };
}

function sqsServer(config: Config): SourceDeps["sqsServer"] {
  const { HEARTH_SQS_ENDPOINT: endpoint, HEARTH_SQS_ACCESS_KEY_ID: accessKeyId } = config;
  if (endpoint === undefined && accessKeyId === undefined) return undefined;
  const secretAccessKey = config.HEARTH_SQS_SECRET_ACCESS_KEY ?? "";
  return { endpoint, credentials: { accessKeyId: accessKeyId ?? "", secretAccessKey }, accountId: OWNER_ACCOUNT };
}
