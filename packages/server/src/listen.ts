import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { formatAddress, type ListenAddress } from "./config.ts";
import { portHolder } from "./portHolder.ts";
import { StartError } from "./startError.ts";

const FIRST_PORT_FOR_EVERYONE = 1024;

/**
 * Starts listening and resolves with the address, whose port is the real one. `setting` is named in the error when the address cannot be used. A
 * `reserved` server that listens there already is taken over.
 */
export async function listen(
  server: NetServer,
  address: ListenAddress,
  setting: string,
  reserved?: NetServer,
): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, address, setting)));
    if (reserved) server.listen(reserved, resolve);
    else server.listen({ host: address.host, port: address.port }, resolve);
  });
  return { host: address.host, port: (server.address() as AddressInfo).port };
}

/**
 * Listens on a port that only root may use, before root is given up, and refuses connections until `listen` takes over. `undefined` for any other port. What
 * it opens is put on `stack`.
 */
export async function reservePort(
  address: ListenAddress | undefined,
  setting: string,
  stack: AsyncDisposableStack,
): Promise<NetServer | undefined> {
  if (!address || address.port === 0 || address.port >= FIRST_PORT_FOR_EVERYONE) return undefined;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, address, setting)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  stack.defer(() => void server.close());
  return server;
}

/**
 * Throws a StartError when a server could not listen on `address` now. Called before anything is started, so that nothing has to be stopped again when another
 * program has the port.
 */
export async function checkFree(address: ListenAddress, setting: string, remedy?: string): Promise<void> {
  if (address.port === 0) return;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, address, setting, remedy)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function explain(error: NodeJS.ErrnoException, address: ListenAddress, setting: string, remedy?: string): Error {
  const place = formatAddress(address);
  switch (error.code) {
    case "EADDRINUSE": {
      const holder = portHolder(address.port);
      return new StartError(
        `Another program listens on ${place} already${holder === undefined ? "" : ` (${holder})`}. ` +
          `Stop it, or set ${setting} to ${remedy ?? "another host:port"}.`,
      );
    }
    case "EACCES":
      return new StartError(`This user may not listen on ${place}. Set ${setting} to a port from 1024 on.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(`${address.host} is no address of this machine. Set ${setting} to one that is.`);
    default:
      return error;
  }
}
