import { isIP } from "node:net";
import type { Consumer } from "@platformatic/kafka";
import type { BrokerAddress } from "@hearth/model";

/** The addresses of a host that may be connected to. Rejects when there are none. */
export type AddressesOf = (server: BrokerAddress) => Promise<readonly string[]>;

type Pool = Consumer["connections"];
type Callback = (error: Error | null, connection?: never) => void;

/**
 * Makes a client connect only to addresses that were checked: to bootstrap servers, and to the brokers that their metadata names. The library has no factory for
 * sockets, so each connection of its pool is checked before it is opened. Without TLS the pool then gets the checked address in place of the name. With TLS the
 * name stays, because the certificate is verified against it, and `pinned` resolves it to what was checked.
 */
export function checkedConnections(client: Consumer, addressesOf: AddressesOf, pinned: PinnedNames | undefined): void {
  const pool: Pool = client.connections;
  const get = pool.get.bind(pool) as unknown as (server: BrokerAddress, callback: Callback) => void;
  const checkedGet = (server: BrokerAddress | undefined, callback: Callback): void => {
    if (!server) return get(server as never, callback);
    addressesOf(server).then(
      ([address = server.host]) => {
        pinned?.pin(server.host, address);
        get(pinned ? server : { host: address, port: server.port }, callback);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  };
  Object.defineProperty(pool, "get", { value: checkedGet });
}

type LookupCallback = (
  error: Error | null,
  address: string | { address: string; family: number }[],
  family?: number,
) => void;

/** Resolves names for sockets to the addresses that were checked last, and no others. */
export class PinnedNames {
  readonly #addresses = new Map<string, string>();

  pin(host: string, address: string): void {
    this.#addresses.set(host, address);
  }

  /** For `lookup` of sockets. */
  readonly lookup = (host: string, options: { readonly all?: boolean | undefined }, callback: LookupCallback): void => {
    const address = this.#addresses.get(host);
    if (address === undefined) return callback(new Error(`the address of ${host} was not checked`), "", 0);
    const family = isIP(address);
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}
