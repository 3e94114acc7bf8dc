import { silentLogger, SystemClock } from "@hearth/kit";
import { WebSocketCommandStore } from "@hearth/store";
import { type TestDatabase, testDatabase } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CommandReply, ConnectionCommand } from "./connectionCommand.ts";
import { newConnectionId, newProcessId, processOf } from "./connectionId.ts";
import { NoAnswer, SocketPeers } from "./socketPeers.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

function process(onCommand: (command: ConnectionCommand) => CommandReply = () => ({ kind: "gone" })) {
  const id = newProcessId();
  const commands = new WebSocketCommandStore(db.database);
  const deps = { database: db.database, commands, onCommand, clock: new SystemClock(), logger: silentLogger };
  return { id, peers: new SocketPeers(id, deps) };
}

const target = { apiId: "api", stage: "live" };

test("a command reaches the process that has the connection, with its body, and its reply comes back", async () => {
  const seen: ConnectionCommand[] = [];
  const owner = process((command) => {
    seen.push(command);
    return {
      kind: "described",
      connection: { connectedAt: 1, lastActiveAt: 2, sourceIp: "::1", userAgent: undefined },
    };
  });
  await using _owner = owner.peers;
  await using peers = process().peers;
  const connectionId = newConnectionId(owner.id);
  const body = Buffer.from([0, 255, 10]);
  expect(await peers.ask(owner.id, { ...target, connectionId, kind: "send", body })).toEqual({ kind: "gone" });
  await owner.peers.keepLease();
  const command = { ...target, connectionId, kind: "send", body } as const;
  expect(await peers.ask(processOf(connectionId) ?? "", command)).toEqual({
    kind: "described",
    connection: { connectedAt: 1, lastActiveAt: 2, sourceIp: "::1" },
  });
  expect(seen).toEqual([command]);
  expect(await db.database.query("SELECT 1 FROM web_socket_commands")).toEqual([]);
});

test("commands that were announced while the process could not listen are done when it can", async () => {
  const owner = process(() => ({ kind: "done" }));
  await using _owner = owner.peers;
  await using peers = process().peers;
  await owner.peers.keepLease();
  await db.database.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'");
  const command = { ...target, connectionId: newConnectionId(owner.id), kind: "close" } as const;
  const asked = Array.from({ length: 5 }, () => peers.ask(owner.id, command));
  expect(await Promise.all(asked)).toEqual(asked.map(() => ({ kind: "done" })));
});

test("the connections of a process whose lease has ended are gone", async () => {
  const owner = process();
  await owner.peers.keepLease();
  await db.database.query(
    "UPDATE web_socket_processes SET lease_until = now() - interval '1 s' WHERE process_id = $1",
    [owner.id],
  );
  await using peers = process().peers;
  const command = { ...target, connectionId: newConnectionId(owner.id), kind: "close" } as const;
  expect(await peers.ask(owner.id, command)).toEqual({ kind: "gone" });
  await owner.peers[Symbol.asyncDispose]();
  expect(await db.database.query("SELECT 1 FROM web_socket_processes WHERE process_id = $1", [owner.id])).toEqual([]);
});

test("a process that dies while it is asked is gone when its lease ends; one that lives and does not answer is an error", async () => {
  const commands = new WebSocketCommandStore(db.database);
  const asking = {
    id: newProcessId(),
    database: db.database,
    commands,
    clock: new SystemClock(),
    logger: silentLogger,
  };
  const onCommand = (): CommandReply => ({ kind: "gone" });
  await using peers = new SocketPeers(asking.id, { ...asking, onCommand, answerMs: 100 });
  const [dying, silent] = [newProcessId(), newProcessId()];
  await commands.renew(dying, 1_000);
  await commands.renew(silent, 60_000);
  const ask = (id: string) => peers.ask(id, { ...target, connectionId: newConnectionId(id), kind: "close" });
  expect(await ask(dying)).toEqual({ kind: "gone" });
  await expect(ask(silent)).rejects.toBeInstanceOf(NoAnswer);
});
