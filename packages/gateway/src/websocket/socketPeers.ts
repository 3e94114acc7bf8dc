import { randomUUID } from "node:crypto";
import type { Clock, Logger } from "@hearth/kit";
import { type Database, WEB_SOCKET_CHANNEL, type WebSocketCommandRow, type WebSocketCommandStore } from "@hearth/store";
import type { CommandReply, ConnectionCommand } from "./connectionCommand.ts";

const LEASE_MS = 20_000;
const ANSWER_MS = 10_000;

export interface SocketPeersDeps {
  readonly database: Pick<Database, "listen">;
  readonly commands: WebSocketCommandStore;
  /** Does a command of another process. */
  readonly onCommand: (command: ConnectionCommand) => CommandReply;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long an answer is waited for. */
  readonly answerMs?: number;
}

/** The process that has a socket did not answer: whether it did what it was asked is not known. */
export class NoAnswer extends Error {}

/** Passes commands to the process that has the socket, through PostgreSQL. A process that dies loses its lease: its sockets are gone. */
export class SocketPeers implements AsyncDisposable {
  readonly #processId: string;
  readonly #deps: SocketPeersDeps;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  readonly #doing = new Set<string>();
  #listening: Promise<AsyncDisposable | undefined> | undefined;
  #renewedMs = -Infinity;
  #renewing: Promise<void> | undefined;

  constructor(processId: string, deps: SocketPeersDeps) {
    this.#processId = processId;
    this.#deps = deps;
  }

  /** Keeps this process's lease while it has sockets; called before the first one is opened, and every few seconds then. Never rejects. */
  async keepLease(): Promise<void> {
    if (this.#deps.clock.monotonicMs() < this.#renewedMs + LEASE_MS / 3) return;
    await (this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    }));
  }

  async #renew(): Promise<void> {
    const { commands, clock, logger } = this.#deps;
    try {
      await this.#listen();
      const begun = clock.monotonicMs();
      await commands.renew(this.#processId, LEASE_MS);
      this.#renewedMs = begun;
    } catch (error) {
      logger.warn({ err: error }, "other processes cannot reach the web sockets of this one for now");
    }
  }

  /** Has another process do the command. Rejects with `NoAnswer`. */
  async ask(processId: string, command: ConnectionCommand): Promise<CommandReply> {
    const { commands, clock } = this.#deps;
    await this.#listen();
    const id = randomUUID();
    const { answerMs = ANSWER_MS } = this.#deps;
    const deadline = { isPast: false };
    let news = this.#expectNews(id);
    using _deadline = clock.after(answerMs, () => {
      deadline.isPast = true;
      this.#waiting.get(id)?.resolve();
    });
    try {
      const { body, ...rest } = command.kind === "send" ? command : { ...command, body: null };
      const row = { id, command: rest, body: body && Buffer.from(body) };
      if (!(await commands.add(processId, row, { expiresInMs: answerMs }))) return { kind: "gone" };
      do {
        await news;
        news = this.#expectNews(id);
        const reply = (await commands.takeReply(id)) as CommandReply | undefined;
        if (reply) return reply;
        // News may have been missed, and the command may still have to be done.
      } while (!deadline.isPast);
      await commands.withdraw(id);
      if (await this.#isDying(processId, answerMs)) return { kind: "gone" };
      throw new NoAnswer("the process that has the web socket did not answer in time");
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Resolves when there may be a reply to the command. */
  #expectNews(id: string): Promise<void> {
    const news = Promise.withResolvers<void>();
    this.#waiting.set(id, news);
    return news.promise;
  }

  /** Whether a process that did not answer has not renewed its lease either, until that ended. */
  async #isDying(processId: string, waitedMs: number): Promise<boolean> {
    const { commands, clock } = this.#deps;
    const leftMs = await commands.leaseMs(processId);
    if (leftMs > LEASE_MS - waitedMs) return false;
    if (leftMs > 0) await clock.sleep(leftMs + 100);
    return (await commands.leaseMs(processId)) === 0;
  }

  async #listen(): Promise<void> {
    this.#listening ??= this.#open();
    if (!(await this.#listening)) this.#listening = undefined;
  }

  async #open(): Promise<AsyncDisposable | undefined> {
    const { database, logger } = this.#deps;
    try {
      return await database.listen(WEB_SOCKET_CHANNEL, {
        onNotify: (payload) => this.#hear(payload),
        onConnected: () => this.#catchUp(),
      });
    } catch (error) {
      logger.warn({ err: error }, "cannot listen for commands of web sockets");
      return undefined;
    }
  }

  #hear(payload: string): void {
    const [what, first = "", id = ""] = payload.split(" ");
    if (what === "done") this.#waiting.get(first)?.resolve();
    else if (what === "do" && first === this.#processId) void this.#do(id);
  }

  /** Announcements may have been missed. */
  #catchUp(): void {
    for (const waiting of this.#waiting.values()) waiting.resolve();
    void this.#do(undefined);
  }

  /** Never rejects: who asked gets no answer then. */
  async #do(id: string | undefined): Promise<void> {
    const { commands, logger } = this.#deps;
    try {
      for (const row of await commands.toDo(this.#processId, id)) await this.#doOne(row);
    } catch (error) {
      logger.warn({ err: error }, "could not do a command of a web socket");
    }
  }

  async #doOne({ id, command, body }: WebSocketCommandRow): Promise<void> {
    if (this.#doing.has(id)) return;
    this.#doing.add(id);
    try {
      const whole = { ...(command as object), ...(body && { body }) } as ConnectionCommand;
      await this.#deps.commands.done(id, this.#deps.onCommand(whole));
    } finally {
      this.#doing.delete(id);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#listening)?.[Symbol.asyncDispose]();
    if (this.#renewedMs === -Infinity) return;
    await this.#deps.commands.leave(this.#processId).catch((error: unknown) => {
      this.#deps.logger.debug({ err: error }, "the lease of this process's web sockets ends by itself");
    });
  }
}
