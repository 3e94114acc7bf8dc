import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { boundPipelining } from "./boundPipelining.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function serverWith(listener: RequestListener): Promise<{ handled: () => number; open: () => Promise<Socket> }> {
  const handle = vi.fn(listener);
  const server = createServer(handle);
  boundPipelining(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1").on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return socket;
  };
  return { handled: () => handle.mock.calls.length, open };
}

test.each<[string, RequestListener]>([
  ["at once", (_, response) => response.end("x")],
  ["later", (request, response) => void request.resume().once("end", () => response.end("x"))],
])(
  "a connection that sends requests without waiting for answers is closed, when they are answered %s",
  async (_, by) => {
    const { handled, open } = await serverWith(by);
    const socket = await open();
    socket.resume().write(REQUEST.repeat(2_000));
    await once(socket, "close");
    expect(handled()).toBeLessThan(20);
  },
);

test("requests one after the other, and a few at once, are answered", async () => {
  const { handled, open } = await serverWith((request, response) => {
    request.resume().once("end", () => response.end("x"));
  });
  const socket = await open();
  for (let sent = 1; sent <= 40; sent++) {
    socket.write(REQUEST);
    await once(socket, "data");
  }
  expect(handled()).toBe(40);
  socket.on("data", () => undefined).write(REQUEST.repeat(5));
  await vi.waitFor(() => expect(handled()).toBe(45));
  expect(socket.destroyed).toBe(false);
});
