import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { formatAddress, type ListenAddress } from "./config.ts";
import { StartError } from "./startError.ts";

/** Starts listening and resolves with the address, whose port is the real one. `setting` is named in the error when the address cannot be used. */
export async function listen(server: Server, address: ListenAddress, setting: string): Promise<ListenAddress> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, address, setting)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  return { host: address.host, port: (server.address() as AddressInfo).port };
}

function explain(error: NodeJS.ErrnoException, address: ListenAddress, setting: string): Error {
  const place = formatAddress(address);
  switch (error.code) {
    case "EADDRINUSE":
      return new StartError(
        `Another program listens on ${place} already. Stop it, or set ${setting} to another host:port.`,
      );
    case "EACCES":
      return new StartError(`This user may not listen on ${place}. Set ${setting} to a port from 1024 on.`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(`${address.host} is no address of this machine. Set ${setting} to one that is.`);
    default:
      return error;
  }
}
