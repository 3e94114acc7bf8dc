import { lchown, unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import type { Clock, Logger } from "@hearth/kit";
import type { Driver } from "../driver.ts";
import type { FolderOwner } from "../sandboxFolders.ts";
import { Connection } from "./connection.ts";
import type { LauncherEvent } from "./protocol.ts";

export interface LauncherServerDeps {
  readonly driver: Driver;
  readonly notices: readonly string[];
  readonly socketPath: string;
  /** The user who may connect besides this process's own. */
  readonly invoker: FolderOwner | undefined;
  /** How long sandboxes keep running after their connection has ended. */
  readonly goneAfterMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs once it is certain that no other launcher serves the socket, before the first connection is taken. */
  beforeServing(): Promise<void>;
}

/** The launcher's Unix socket. Disposal stops every sandbox. */
export class LauncherServer implements AsyncDisposable {
  readonly #deps: LauncherServerDeps;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #gone = new Map<Connection, Disposable>();
  #closing = false;

  private constructor(deps: LauncherServerDeps) {
    this.#deps = deps;
    this.#server = createServer((socket) => {
      this.#connections.add(new Connection(socket, { ...deps, onGone: (connection) => this.#onGone(connection) }));
    });
    const send = (event: LauncherEvent): void => {
      for (const connection of this.#connections) connection.send(event);
    };
    deps.driver.on(send);
    deps.driver.images.onProgress((progress) => send({ kind: "progress", ...progress }));
  }

  /** Rejects when another launcher answers on the socket; a socket without a listener is replaced. */
  static async listen(deps: LauncherServerDeps): Promise<LauncherServer> {
    const { socketPath, invoker } = deps;
    if (await answers(socketPath)) throw new Error(`another launcher serves ${socketPath}`);
    await deps.beforeServing();
    await unlink(socketPath).catch(ignoreMissing);
    const launcher = new LauncherServer(deps);
    await new Promise<void>((resolve, reject) => {
      const umask = process.umask(0o177); // no other user may connect, not even in its first moment
      launcher.#server.once("error", reject).listen(socketPath, () => resolve());
      process.umask(umask);
    });
    // Not through a link, which the owner of the folder may have put there meanwhile.
    if (invoker) await lchown(socketPath, invoker.uid, invoker.gid);
    return launcher;
  }

  #onGone(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#closing) return;
    const { clock, goneAfterMs, logger } = this.#deps;
    const timer = clock.after(goneAfterMs, () => {
      this.#gone.delete(connection);
      if (connection.sandboxes.size === 0) return;
      logger.warn(
        { sandboxes: connection.sandboxes.size },
        "an invoker's connection has ended; its sandboxes are stopped",
      );
      void connection.stopAll();
    });
    this.#gone.set(connection, timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    const connections = [...this.#connections, ...this.#gone.keys()];
    for (const timer of this.#gone.values()) timer[Symbol.dispose]();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all(connections.map((connection) => connection.stopAll()));
    for (const connection of connections) connection.close();
    await closed;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
