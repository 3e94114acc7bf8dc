import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { beforeEachRequest } from "./beforeEachRequest.ts";

/** What a client that waits for `100 Continue` before it sends its body is answered. */
async function answerOf(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, method: "PUT", headers: { expect: "100-continue", "content-length": 4 } });
  sent.on("continue", () => sent.end("body")).flushHeaders();
  const [answer] = (await once(sent, "response")) as [AsyncIterable<Buffer>];
  let text = "";
  for await (const piece of answer) text += piece.toString();
  return text;
}

test("a server that leaves Expect: 100-continue to Node still answers such requests, and each is seen once", async () => {
  const seen: string[] = [];
  const server = createServer((incoming, response) => incoming.pipe(response));
  beforeEachRequest(server, ({ url = "" }) => void seen.push(url));
  expect(await answerOf(server)).toBe("body");
  expect(seen).toEqual(["/"]);
});

test("a server that answers Expect: 100-continue itself does so after the listener", async () => {
  const seen: string[] = [];
  const server = createServer().on("checkContinue", (incoming, response) => {
    seen.push("own");
    response.writeContinue();
    incoming.pipe(response);
  });
  beforeEachRequest(server, ({ url = "" }) => void seen.push(url));
  expect(await answerOf(server)).toBe("body");
  expect(seen).toEqual(["/", "own"]);
});
