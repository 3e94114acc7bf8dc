import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { listen, reservePort } from "./listen.ts";

test("a server takes over a port that was reserved for it", async () => {
  const reserved = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(reserved, "listening");
  const { port } = reserved.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  await expect(fetch(url)).rejects.toThrow();
  const server = createHttpServer((_request, response) => response.end("served"));
  onTestFinished(() => void server.close());
  const address = await listen(server, { host: "127.0.0.1", port }, "HEARTH_LISTEN", reserved);
  expect(address.port).toBe(port);
  expect(await (await fetch(url)).text()).toBe("served");
});

test("only ports that root alone may use are reserved", async () => {
  await using stack = new AsyncDisposableStack();
  expect(await reservePort({ host: "127.0.0.1", port: 0 }, stack)).toBeUndefined();
  expect(await reservePort({ host: "127.0.0.1", port: 4566 }, stack)).toBeUndefined();
});
