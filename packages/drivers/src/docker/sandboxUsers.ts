/** The user and group that functions run as on AWS. */
export const AWS_UID = 993;
export const AWS_GID = 990;

/** Above what systemd, distributions and container engines give out, below the 31 bits that engines take. */
const FIRST_UID = 2_000_000_000;
const UIDS_PER_INSTALLATION = 4096;
const INSTALLATIONS = 30_000;
/** In a user namespace only 65,536 users exist, and these are no users of the host. */
const FIRST_UID_IN_NAMESPACE = 10_000;

export interface SandboxUsersOptions {
  /** Hexadecimal digits: installations on one host use different ranges. */
  readonly installation: string;
  /** The engine maps the users of containers to others: it is rootless or remaps users. */
  readonly isRemapped: boolean;
}

/**
 * Gives each sandbox a user id of its own, because the kernel counts much by user: inotify instances, pipes, pending signals, locked memory. Beyond 4,096
 * sandboxes at once ids are shared.
 */
export class SandboxUsers {
  readonly #first: number;
  readonly #taken = new Map<string, number>();
  #next = 0;

  constructor({ installation, isRemapped }: SandboxUsersOptions) {
    const range = Number.parseInt(installation.slice(0, 8), 16) % INSTALLATIONS;
    this.#first = isRemapped ? FIRST_UID_IN_NAMESPACE : FIRST_UID + range * UIDS_PER_INSTALLATION;
  }

  /** A user id that no other sandbox has, until it is released. */
  take(sandboxId: string): number {
    const inUse = new Set(this.#taken.values());
    let uid = this.#first + this.#next;
    for (let tries = 0; tries < UIDS_PER_INSTALLATION; tries++) {
      uid = this.#first + this.#next;
      this.#next = (this.#next + 1) % UIDS_PER_INSTALLATION;
      if (!inUse.has(uid)) break;
    }
    this.#taken.set(sandboxId, uid);
    return uid;
  }

  release(sandboxId: string): void {
    this.#taken.delete(sandboxId);
  }
}

/** An /etc/passwd that gives the user the name it has on AWS. */
export function passwdOf(uid: number): string {
  return [
    "root:x:0:0:root:/root:/bin/sh",
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
    `sbx_user1051:x:${uid}:${AWS_GID}::/home/sbx_user1051:/bin/sh`,
    "",
  ].join("\n");
}
