import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { checkPorts } from "./checkPorts.ts";
import { readConfig } from "./config.ts";
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
  expect(await reservePort({ host: "127.0.0.1", port: 0 }, "HEARTH_LISTEN", stack)).toBeUndefined();
  expect(await reservePort({ host: "127.0.0.1", port: 4566 }, "HEARTH_LISTEN", stack)).toBeUndefined();
});

test("the port for clients is checked first, then those of metrics; the program that has one is named, and the setting", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void taken.close());
  await once(taken, "listening");
  const place = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const check = (env: Record<string, string>): Promise<void> => checkPorts(readConfig(env, "/"));
  const both = check({ HEARTH_LISTEN: place, HEARTH_METRICS_LISTEN: place });
  const held = process.platform === "linux" ? ` (pid ${process.pid}, ` : "";
  await expect(both).rejects.toThrow(`Another program listens on ${place} already${held}`);
  await expect(both).rejects.toThrow("set HEARTH_LISTEN to another host:port");
  const metrics = check({ HEARTH_LISTEN: "127.0.0.1:0", HEARTH_METRICS_LISTEN: place });
  await expect(metrics).rejects.toThrow("set HEARTH_METRICS_LISTEN to another host:port, or to off");
  await check({ HEARTH_LISTEN: "127.0.0.1:0", HEARTH_METRICS_LISTEN: "off" });
});
