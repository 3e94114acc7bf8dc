import { once } from "node:events";
import { createServer, createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { silentLogger } from "@hearth/kit";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Driver, ImageSource } from "../driver.ts";
import { TestDataDir } from "../testing/testLauncher.ts";
import { Connection } from "./connection.ts";
import { LineChannel } from "./lineChannel.ts";
import { MAX_LINE_BYTES } from "./protocol.ts";

/** The messages that the peer of a connection gets from a driver with these images, and a function that is called when the connection ends. */
async function peerOf(images: Partial<ImageSource>) {
  const folder = new TestDataDir();
  const path = join(folder.path, "l.sock");
  const onGone = vi.fn();
  const server = createServer((socket: Socket) => {
    new Connection(socket, { driver: { images } as Driver, notices: [], logger: silentLogger, onGone });
  }).listen(path);
  await once(server, "listening");
  const messages: unknown[] = [];
  const channel = new LineChannel(createConnection(path), {
    onMessage: (message) => messages.push(message),
    onEnd: () => undefined,
  });
  onTestFinished(() => {
    channel.close();
    server.close();
    folder[Symbol.dispose]();
  });
  return { channel, messages, onGone };
}

const resolveImage = { op: "resolveImage", args: ["example.com/x:1", "000000000000"] };

test("an error as long as a registry likes is cut, and takes no connection with it", async () => {
  const { channel, messages, onGone } = await peerOf({
    resolveImage: () => Promise.reject(new Error("x".repeat(2 * MAX_LINE_BYTES))),
  });
  channel.send({ ...resolveImage, id: 1 });
  await expect.poll(() => messages).toEqual([{ id: 1, error: { kind: "Error", message: "x".repeat(2000) } }]);
  expect(onGone).not.toHaveBeenCalled();
});

test("an answer that is too long for the peer is an error of that one request", async () => {
  const { channel, messages, onGone } = await peerOf({
    resolveImage: () => Promise.resolve({ kind: "missing", reason: "é".repeat(MAX_LINE_BYTES) }),
  });
  channel.send({ ...resolveImage, id: 1 });
  await expect
    .poll(() => messages)
    .toEqual([{ id: 1, error: { kind: "Error", message: "the answer to resolveImage is too long" } }]);
  expect(onGone).not.toHaveBeenCalled();
});

test("a message that is too long is not sent", async () => {
  const { channel, messages } = await peerOf({ resolveImage: () => Promise.resolve({ kind: "missing", reason: "" }) });
  expect(channel.send({ ...resolveImage, id: 1, args: ["x".repeat(MAX_LINE_BYTES)] })).toBe(false);
  expect(channel.send({ ...resolveImage, id: 2 })).toBe(true);
  await expect.poll(() => messages).toEqual([{ id: 2, result: { kind: "missing", reason: "" } }]);
});
