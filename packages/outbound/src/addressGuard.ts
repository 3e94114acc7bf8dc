import { networkInterfaces } from "node:os";
import { canonicalHost } from "./canonicalHost.ts";
import type { ResolveName } from "./nameResolver.ts";
import type { OutboundGrant } from "@hearth/kit";
import { isPublicAddress } from "./publicAddress.ts";

/** A server that belongs to this installation: Hearth's own endpoints, its database, its Redis. */
export interface OwnServer {
  readonly host: string;
  readonly port: number;
}

export interface AddressGuardDeps {
  readonly grants: readonly OutboundGrant[];
  readonly ownServers: readonly OwnServer[];
  readonly resolve: ResolveName;
  /** The addresses of this machine. */
  readonly interfaces?: () => readonly string[];
}

export interface Destination {
  readonly accountId: string;
  readonly address: string;
  readonly port: number;
}

/** Decides which addresses an account may connect to: public ones that are not this machine's, and those that it is granted. */
export class AddressGuard {
  readonly #deps: AddressGuardDeps;

  constructor(deps: AddressGuardDeps) {
    this.#deps = deps;
  }

  /** Why the account may not connect there; `undefined` when it may. */
  async refusalOf({ accountId, address, port }: Destination): Promise<string | undefined> {
    const grants = this.#deps.grants.filter(
      (grant) =>
        (grant.accountId ?? accountId) === accountId && (grant.port ?? port) === port && grant.contains(address),
    );
    if (grants.some((grant) => grant.port === port)) return undefined;
    const isHere = !isPublicAddress(address) || (this.#deps.interfaces ?? addressesHere)().includes(address);
    if (await this.#isOwnServer(address, port)) {
      return `${shown(address)}:${port} is a server of this installation; only an entry of HEARTH_OUTBOUND_ALLOW with this port allows it`;
    }
    if (grants.length > 0 || !isHere) return undefined;
    return `${shown(address)}:${port} is not a public address, and HEARTH_OUTBOUND_ALLOW does not allow it for account ${accountId}`;
  }

  async #isOwnServer(address: string, port: number): Promise<boolean> {
    for (const server of this.#deps.ownServers) {
      if (server.port !== port) continue;
      const host = canonicalHost(server.host);
      if (host === undefined) continue;
      const isEveryAddress = host === "0.0.0.0" || host === "::";
      if (isEveryAddress && (!isPublicAddress(address) || addressesHere().includes(address))) return true;
      const addresses = await this.#deps.resolve(host).catch((): readonly string[] => []);
      if (addresses.includes(address)) return true;
    }
    return false;
  }
}

function shown(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function addressesHere(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
}
