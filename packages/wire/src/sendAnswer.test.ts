import { connect } from "node:net";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { sendAnswer } from "./sendAnswer.ts";

test("a large answer is under way until the client has it, and a client that does not read it loses its connection", async () => {
  const clock = new ManualClock();
  const body = Buffer.alloc(64 * 1024 * 1024);
  const sent = Promise.withResolvers<string>();
  const server = createServer((req, res) => {
    const sending = { requestId: "r", headers: undefined, streamed: false, clock, logger: silentLogger };
    void sendAnswer(req, res, { status: 200, headers: {}, body }, sending).then(() =>
      sent.resolve(res.writableFinished ? "whole" : "broken off"),
    );
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  client.pause();
  const first = await Promise.race([sent.promise, new Promise((done) => setTimeout(() => done("under way"), 300))]);
  expect(first).toBe("under way");
  await clock.advance(24 * 60 * 60_000);
  expect(await sent.promise).toBe("broken off");
  client.destroy();
  server.close();
});
