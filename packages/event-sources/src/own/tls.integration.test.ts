import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import {
  logicalPostgres,
  noProgram,
  skipReason,
  type TestCertificates,
  testCertificates,
  testMosquitto,
  testNats,
  testRedisWithTls,
} from "@hearth/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import type { EventSource } from "../eventSource.ts";
import { problem } from "../problem.ts";
import type { SourceDeps } from "../sourceDeps.ts";
import { mqttSource } from "./mqtt/mqttSource.ts";
import { natsSource } from "./nats/natsSource.ts";
import { channelSource } from "./postgres/channelSource.ts";
import { redisStreamSource } from "./redis/redisStreamSource.ts";

const where = { accountId: "000000000000", region: "us-east-1" };
const clock = new SystemClock();
type Deps = Pick<SourceDeps, "connections" | "authorities" | "secretOf" | "clock" | "random" | "logger">;

interface Kind {
  readonly name: string;
  readonly program: string;
  readonly rest: string;
  server(certificates: TestCertificates): Promise<AsyncDisposable & { readonly url: string }>;
  source(deps: Deps): EventSource;
  /** It wants a certificate of the client, which a secret has. */
  readonly wantsCertificate: boolean;
  /** What the server says once it is spoken to: it has no such stream. */
  readonly answer?: RegExp;
}

const KINDS: readonly Kind[] = [
  {
    name: "Redis",
    program: "redis-server",
    rest: "redis-stream/s/k",
    server: testRedisWithTls,
    source: redisStreamSource,
    wantsCertificate: true,
  },
  {
    name: "MQTT",
    program: "mosquitto",
    rest: "mqtt/s/a/b",
    server: testMosquitto,
    source: mqttSource,
    wantsCertificate: true,
  },
  {
    name: "NATS",
    program: "nats-server",
    rest: "nats/s/S",
    server: testNats,
    source: natsSource,
    wantsCertificate: true,
    answer: /stream not found/,
  },
  {
    name: "PostgreSQL",
    program: "openssl",
    rest: "postgres/s/channel/c",
    server: async (certificates) => await logicalPostgres({}, certificates),
    source: channelSource,
    wantsCertificate: false,
  },
];

describe("TLS", skipReason(noProgram("openssl")), () => {
  let certificates: TestCertificates;
  beforeAll(async () => {
    certificates = await testCertificates();
  });

  for (const { name, program, rest, server, source, wantsCertificate, answer } of KINDS) {
    describe(name, skipReason(noProgram(program)), () => {
      test("is read by TLS when its authority is trusted, with a certificate of the client where the server wants one, and refused with the reason when it is not", async () => {
        await using running = await server(certificates);
        const { certificate, key: privateKey } = certificates.client;
        const secretOf = async (): Promise<string> => JSON.stringify({ certificate, privateKey });
        const access = [
          { Type: "CLIENT_CERTIFICATE_TLS_AUTH", URI: "arn:aws:secretsmanager:us-east-1:0:secret:s" },
        ] as const;
        const open = async (authorities: readonly string[], showsIt = wantsCertificate): Promise<string> => {
          const connections = [{ name: "s", accountId: where.accountId, url: running.url }];
          const made = source({
            ...{ connections, authorities, secretOf, clock },
            ...{ random: systemRandom, logger: silentLogger },
          });
          const EventSourceArn = `arn:aws:hearth:us-east-1:000000000000:${rest}`;
          const mapping = { ...where, UUID: systemRandom.uuid(), FunctionName: "f", EventSourceArn };
          const settings = showsIt ? { SourceAccessConfigurations: access } : {};
          try {
            const opened = await made.open({ ...mapping, settings }, new AbortController().signal);
            await opened[Symbol.asyncDispose]();
            return "opened";
          } catch (error) {
            return problem(error);
          }
        };
        expect(await open([certificates.authority])).toMatch(answer ?? /^opened$/);
        expect(await open([certificates.otherAuthority])).toMatch(
          /^PROBLEM: The server's certificate is not accepted: .*HEARTH_OUTBOUND_CA names authorities/,
        );
        if (wantsCertificate)
          expect(await open([certificates.authority], false)).toMatch(/^PROBLEM: (?!stream not found)/);
      });
    });
  }
});
