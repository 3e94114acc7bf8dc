import { OWNER_ACCOUNT } from "@hearth/model";
import { isPrivateHost, isWithin } from "./imageSources.ts";

/**
 * How an account may use a repository's images.
 * `named`: the owner allows it, so the owner's registry logins and the engine's copies are used.
 * `any`: the owner's account where nothing is named: as `named`, but registries at private addresses are not asked.
 * `public`: only what its registry gives to everyone. Copies that only the engine has are not used, and no login is.
 * `none`: not at all.
 */
export type ImageRight = "named" | "any" | "public" | "none";

interface Grant {
  /** Absent: every account. */
  readonly accountId: string | undefined;
  readonly repository: string;
}

const OF_ACCOUNT = /^(\d{12})=(.*)$/;

/** Which account may use which images (HEARTH_IMAGE_REPOSITORIES). */
export class ImageGrants {
  readonly #grants: readonly Grant[];
  /** Repositories are named for every account: then no account may use others, except those named for it. */
  readonly #isClosed: boolean;

  /** Each entry is a repository, or a registry and path above some; for one account only with `<account>=` before it. */
  constructor(entries: readonly string[]) {
    this.#grants = entries.map((entry) => {
      const [, accountId, repository = entry] = OF_ACCOUNT.exec(entry) ?? [];
      return { accountId, repository };
    });
    this.#isClosed = this.#grants.some(({ accountId }) => accountId === undefined);
  }

  of(accountId: string, repository: string, host: string | undefined): ImageRight {
    const named = this.#grants.filter((grant) => grant.accountId === undefined || grant.accountId === accountId);
    const repositories = named.map((grant) => grant.repository);
    if (isWithin(repository, repositories)) return "named";
    if (this.#isClosed) return "none";
    if (accountId === OWNER_ACCOUNT) return "any";
    return host !== undefined && !isPublicHost(host) ? "none" : "public";
  }
}

/** A name without a dot is one of the local network. */
function isPublicHost(host: string): boolean {
  return host.includes(".") && !isPrivateHost(host);
}
