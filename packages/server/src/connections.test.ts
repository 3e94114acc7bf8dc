import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { ManualClock } from "@hearth/kit";
import { beforeEach, expect, test } from "vitest";
import { type Connection, Connections } from "./connections.ts";
import { peerNetwork } from "./peerNetwork.ts";

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  isDestroyed = false;
  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
  destroy(): void {
    this.isDestroyed = true;
    this.emit("close");
  }
}

let clock: ManualClock;
let closed: string[];
let subject: Connections;
beforeEach(() => {
  clock = new ManualClock();
  closed = [];
  const limits = { total: 5, perPeer: 3 };
  subject = new Connections({ clock, limits, idleMs: 60_000, onClosed: (reason) => closed.push(reason) });
});

async function accept(address: string): Promise<{ socket: FakeSocket; connection: Connection | undefined }> {
  const socket = new FakeSocket(address);
  const connection = subject.accept(socket as unknown as Socket);
  await clock.advance(10);
  return { socket, connection };
}

function begin(connection: Connection | undefined, complete: boolean): void {
  if (connection) subject.begin(connection, { complete } as IncomingMessage);
}

test("beyond a peer's limit its longest idle connection is closed, then one whose body is awaited, and then the new one", async () => {
  const all = [await accept("a"), await accept("a"), await accept("a")];
  begin(all[0]?.connection, true);
  begin(all[1]?.connection, false);
  all.push(await accept("a"));
  expect(all.map(({ socket }) => socket.isDestroyed)).toEqual([false, false, true, false]);
  begin(all[3]?.connection, true);
  all.push(await accept("a"));
  expect(all.map(({ socket }) => socket.isDestroyed)).toEqual([false, true, true, false, false]);
  begin(all[4]?.connection, true);
  const refused = await accept("a");
  expect([refused.connection, refused.socket.isDestroyed, subject.size]).toEqual([undefined, true, 3]);
  expect(closed).toEqual(["limit", "limit", "limit"]);
});

test("the connections of a trusted proxy are limited by the total alone", async () => {
  const limits = { total: 5, perPeer: 3 };
  const isProxy = (address: string): boolean => address === "10.0.0.1";
  subject = new Connections({ clock, limits, idleMs: 60_000, isProxy, onClosed: (reason) => closed.push(reason) });
  for (let i = 0; i < 5; i++) begin((await accept("::ffff:10.0.0.1")).connection, true);
  expect([subject.size, closed]).toEqual([5, []]);
  expect((await accept("10.0.0.1")).connection).toBeUndefined();
});

test("beyond the total limit, the peer with the most connections loses one", async () => {
  const many = [await accept("a"), await accept("a"), await accept("a")];
  const few = [await accept("b"), await accept("b")];
  const { connection } = await accept("c");
  expect(connection).toBeDefined();
  expect(many.map(({ socket }) => socket.isDestroyed)).toEqual([true, false, false]);
  expect(few.some(({ socket }) => socket.isDestroyed)).toBe(false);
});

test("a connection without a request is closed after a time, one with a request is not", async () => {
  const idle = await accept("a");
  const busy = await accept("a");
  begin(busy.connection, true);
  await clock.advance(80_000);
  expect([idle.socket.isDestroyed, busy.socket.isDestroyed, subject.size]).toEqual([true, false, 1]);
  if (busy.connection) subject.end(busy.connection);
  await clock.advance(80_000);
  expect([busy.socket.isDestroyed, closed]).toEqual([true, ["idle", "idle"]]);
});

test("an idle connection keeps nothing of its last request", async () => {
  const { connection } = await accept("a");
  begin(connection, true);
  begin(connection, true);
  if (connection) subject.end(connection);
  expect(connection?.request).toBeDefined();
  if (connection) subject.end(connection);
  expect(connection?.request).toBeUndefined();
});

test.each([
  ["10.0.0.1", "10.0.0.1"],
  ["::ffff:10.0.0.1", "10.0.0.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["fe80::1%eth0", "fe80:0:0:0::/64"],
])("%s counts as %s", (address, network) => {
  expect(peerNetwork(address)).toBe(network);
});
