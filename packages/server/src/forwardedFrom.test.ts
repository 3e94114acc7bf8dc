import { once } from "node:events";
import { createServer, type IncomingMessage, request as httpRequest, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SessionTokens } from "@hearth/access";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { Caller } from "@hearth/model";
import { createRequestHandler, Forwarder, presignUrl } from "@hearth/wire";
import { expect, test } from "vitest";
import { z } from "zod";
import { forwardedFrom, sayForwardedFrom } from "./forwardedFrom.ts";

const sessions = new SessionTokens(Buffer.alloc(32, 1), systemRandom);
const CHANNEL = "0123456789abcdef";
const request = (authorization: string, said?: string): IncomingMessage =>
  ({
    headers: { authorization, ...(said && { "x-hearth-forwarded": said }) },
    socket: { remoteAddress: "::ffff:192.0.2.7" },
  }) as Partial<IncomingMessage> as IncomingMessage;

test("an invoker's statement about the origin of a request is accepted for that request only", () => {
  const said = sayForwardedFrom(sessions, request("AWS4 a"), CHANNEL);
  expect(forwardedFrom(sessions, request("AWS4 a", said))).toEqual({ channel: CHANNEL, sourceIp: "192.0.2.7" });
  expect(forwardedFrom(sessions, request("AWS4 b", said))).toBeUndefined();
  expect(forwardedFrom(sessions, request("AWS4 a", said.replace("0", "1")))).toBeUndefined();
  expect(forwardedFrom(sessions, request("AWS4 a", said.replace("192.0.2.7", "192.0.2.8")))).toBeUndefined();
  expect(forwardedFrom(sessions, request("AWS4 a", said.replace(CHANNEL, "")))).toBeUndefined();
  expect(forwardedFrom(sessions, request("AWS4 a"))).toBeUndefined();
  expect(forwardedFrom(sessions, request("AWS4 a", `${CHANNEL};192.0.2.7`))).toBeUndefined();
  const outside = sayForwardedFrom(sessions, request("AWS4 a"), undefined);
  expect(forwardedFrom(sessions, request("AWS4 a", outside))).toEqual({ channel: undefined, sourceIp: "192.0.2.7" });
});

test("the statement of another Hearth is ignored", () => {
  const other = new SessionTokens(Buffer.alloc(32, 2), systemRandom);
  const said = sayForwardedFrom(other, request("AWS4 a"), "c");
  expect(forwardedFrom(sessions, request("AWS4 a", said))).toBeUndefined();
});

test("control sees the address of the invoker's client, and no client can pretend another", async () => {
  const seen: (string | undefined)[] = [];
  const caller: Caller = {
    accountId: "111111111111",
    accessKeyId: "AKIA",
    arn: "arn:aws:iam::111111111111:root",
    userId: "111111111111",
    principal: { kind: "root" },
  };
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const control = createRequestHandler({
    ...deps,
    regions: ["us-east-1"],
    findAccessKey: () => ({ secretAccessKey: "secret", caller }),
    authorize: ({ origin }) => {
      seen.push(origin.sourceIp);
      return caller.accountId;
    },
    forwardedFrom: (req) => forwardedFrom(sessions, req),
    services: [
      {
        signingName: "lambda",
        protocols: ["rest-json"],
        notBuilt: [],
        operations: [
          { name: "Who", http: ["GET", "/who", 200], input: z.object({}), errors: [], run: async () => ({}) },
        ],
      },
    ],
  });
  await using servers = new AsyncDisposableStack();
  const listen = async (listener: RequestListener): Promise<number> => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    servers.defer(async () => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const direct = await listen((req, res) => control(req, res));
  const forwarder = servers.use(
    new Forwarder({
      ...deps,
      host: "127.0.0.1",
      port: direct,
      sayForwardedFrom: (req, channel) => sayForwardedFrom(sessions, req, channel),
    }),
  );
  const invoker = await listen((req, res) => forwarder.handle(req, res));

  const from = async (localAddress: string, port: number, headers: Readonly<Record<string, string>> = {}) => {
    const url = presignUrl(
      `http://127.0.0.1:${port}`,
      "/who",
      {},
      { accessKeyId: "AKIA", secretAccessKey: "secret" },
      { region: "us-east-1", service: "lambda", expiresSeconds: 60, now: deps.clock.now() },
    );
    const sent = httpRequest(url, { localAddress, headers });
    sent.end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([200, "{}"]);
    return seen.pop();
  };
  expect(await from("127.0.0.2", invoker)).toBe("127.0.0.2");
  expect(await from("127.0.0.3", direct)).toBe("127.0.0.3");
  const elsewhere = new SessionTokens(Buffer.alloc(32, 3), systemRandom);
  for (const said of [";192.0.2.7;", ";192.0.2.7", sayForwardedFrom(elsewhere, request("AWS4 a"), CHANNEL)]) {
    for (const port of [invoker, direct]) {
      expect(await from("127.0.0.4", port, { "x-hearth-forwarded": said, "X-Forwarded-For": "192.0.2.7" })).toBe(
        "127.0.0.4",
      );
    }
  }
});
