import { expect, test } from "vitest";
import type { MappedSource } from "../eventSource.ts";
import { kafkaSource } from "./kafkaSource.ts";

const refuse = { addresses: () => Promise.reject(new Error("the account may not connect there")) };
const SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s";
const MSK = "arn:aws:kafka:us-east-1:000000000000:cluster/events/0-1";

test("clusters that HEARTH_BROKERS does not name, and schema registries, are refused", async () => {
  const { check } = kafkaSource({ brokers: [], authorities: [], secretOf: async () => "", outbound: refuse });
  const mapping = (more: Pick<MappedSource, "settings" | "EventSourceArn">): MappedSource => ({
    ...{ accountId: "000000000000", region: "us-east-1", UUID: "u", FunctionName: "f", ...more },
  });
  await expect(check(mapping({ EventSourceArn: MSK, settings: {} }), { timeoutSeconds: 3 })).rejects.toThrow(
    "HEARTH_BROKERS names no Kafka cluster events",
  );
  const settings = {
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: ["k:9092"] } },
    SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: { SchemaRegistryURI: "https://registry" } },
  };
  await expect(check(mapping({ settings }), { timeoutSeconds: 3 })).rejects.toThrow("SchemaRegistryConfig");
  const login = {
    SelfManagedEventSource: settings.SelfManagedEventSource,
    SourceAccessConfigurations: [{ Type: "OAUTHBEARER_AUTH", URI: SECRET }],
  } as const;
  await expect(check(mapping({ settings: login }), { timeoutSeconds: 3 })).rejects.toThrow(
    "Hearth does not support the source access type OAUTHBEARER_AUTH.",
  );
});
