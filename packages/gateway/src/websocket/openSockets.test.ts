import { ManualClock } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import type { WebSocket } from "ws";
import { OpenSocket, type SocketFacts } from "./openSocket.ts";
import { OpenSockets } from "./openSockets.ts";

const API = { accountId: "1", region: "us-east-1", apiId: "api" };

function house(perAccount = 10) {
  const clock = new ManualClock();
  const onSweep = vi.fn();
  const sockets = new OpenSockets({ perAccount }, { clock, onSweep });
  const open = (connectionId: string, accountId = "1") => {
    const fake = {
      ...{ OPEN: 1, readyState: 1, bufferedAmount: 0 },
      send: vi.fn(),
      close: vi.fn(() => (fake.readyState = 2)),
      terminate: vi.fn(() => sockets.remove(socket)),
    };
    const facts = { connectionId, api: { ...API, accountId }, stage: "live", connectedAt: 0 } as SocketFacts;
    const socket: OpenSocket = new OpenSocket(facts, fake as unknown as WebSocket, {
      nowMs: clock.monotonicMs(),
      onSent: () => undefined,
    });
    sockets.takePlace(accountId);
    sockets.add(socket);
    return { socket, fake };
  };
  return { clock, sockets, onSweep, open };
}

const MINUTE = 60_000;
const command = { apiId: "api", stage: "live", connectionId: "a" } as const;

test("a connection without a message for 10 minutes is closed; one that was sent something is not", async () => {
  const { clock, sockets, open } = house();
  const [idle, used] = [open("idle"), open("a")];
  await clock.advance(6 * MINUTE);
  expect(sockets.do({ ...command, kind: "send", body: Buffer.from("x") })).toEqual({ kind: "done" });
  await clock.advance(4 * MINUTE + 5_000);
  expect(idle.fake.close).toHaveBeenCalledExactlyOnceWith(1001, "Going away");
  expect(used.fake.close).not.toHaveBeenCalled();
});

test("a connection is closed after two hours; a client that does not close its side is cut off", async () => {
  const { clock, open } = house();
  const { socket, fake } = open("a");
  for (let minutes = 0; minutes < 119; minutes++) {
    await clock.advance(MINUTE);
    socket.touch(clock.monotonicMs(), clock.monotonicMs());
  }
  expect(fake.close).not.toHaveBeenCalled();
  await clock.advance(MINUTE);
  expect(fake.close).toHaveBeenCalledOnce();
  await clock.advance(10_000);
  expect(fake.terminate).toHaveBeenCalledOnce();
});

test("an account has a limit of its own, and nothing is looked at while there are no connections", async () => {
  const { clock, sockets, onSweep, open } = house(2);
  await clock.advance(MINUTE);
  expect(onSweep).not.toHaveBeenCalled();
  const [first] = [open("a"), open("b")];
  expect([sockets.takePlace("1"), sockets.takePlace("2")]).toEqual([false, true]);
  sockets.remove(first.socket);
  sockets.remove(first.socket);
  // Handshakes count before they are done.
  expect([sockets.takePlace("1"), sockets.takePlace("1")]).toEqual([true, false]);
  sockets.givePlaceBack("1");
  expect(sockets.takePlace("1")).toBe(true);
});

test("a client that does not read what is sent to it gets no more", () => {
  const { sockets, open } = house();
  const { fake } = open("a");
  fake.bufferedAmount = 256 * 1024;
  expect(sockets.do({ ...command, kind: "send", body: Buffer.from("x") })).toEqual({ kind: "tooFast" });
  expect(fake.send).not.toHaveBeenCalled();
});

test.each([{ apiId: "other" }, { stage: "other" }, { connectionId: "b" }])(
  "a connection is not found by %j",
  (wrong) => {
    const { sockets, open } = house();
    open("a");
    expect(sockets.do({ ...command, ...wrong, kind: "describe" })).toEqual({ kind: "gone" });
  },
);
