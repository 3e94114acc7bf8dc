import { createReadStream, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { type CleartextMessage, type Key, readCleartextMessage, readKeys, verify } from "openpgp";
import { decompress } from "../decompress.ts";
import type { Downloads } from "../download.ts";
import { PackageIndex } from "./packageIndex.ts";

const KEYRING = resolve(import.meta.dirname, "../../../../../../docker/debian/debian-archive-keyring.gpg");
/** Suites that have left the mirrors are kept here. */
const OLD_SUITES = "https://archive.debian.org";

export interface DebianSuite {
  readonly name: "bullseye" | "bookworm" | "trixie" | "forky" | "sid";
  /** Whether it has security updates of its own. */
  readonly hasSecurity: boolean;
}

export type DebianArchitecture = "amd64" | "arm64";

/** Debian's archive on a mirror: signed lists of packages. */
export class DebianArchive {
  readonly #mirror: string;
  readonly #downloads: Downloads;
  readonly #indexes = new Map<string, Promise<PackageIndex>>();

  /** `mirror` has `debian/` and `debian-security/` below it. */
  constructor(mirror: string, downloads: Downloads) {
    this.#mirror = mirror.replace(/\/+$/, "");
    this.#downloads = downloads;
  }

  /** All packages of a suite with its security updates, verified by Debian's signature. Read once. */
  index(suite: DebianSuite, architecture: DebianArchitecture, signal: AbortSignal): Promise<PackageIndex> {
    const key = `${suite.name}/${architecture}`;
    const known = this.#indexes.get(key);
    if (known) return known;
    const read = this.#read(suite, architecture, signal);
    this.#indexes.set(key, read);
    read.catch(() => this.#indexes.delete(key));
    return read;
  }

  async #read(suite: DebianSuite, architecture: DebianArchitecture, signal: AbortSignal): Promise<PackageIndex> {
    const index = new PackageIndex();
    const parts: { archive: string; suite: string }[] = [{ archive: "debian", suite: suite.name }];
    if (suite.hasSecurity) parts.push({ archive: "debian-security", suite: `${suite.name}-security` });
    for (const part of parts) {
      const archives = [`${this.#mirror}/${part.archive}`, `${OLD_SUITES}/${part.archive}`];
      const dists = archives.map((archive) => `${archive}/dists/${part.suite}`);
      const release = await verified(
        await this.#downloads.text(
          dists.map((url) => `${url}/InRelease`),
          signal,
        ),
        part.suite,
      );
      const path = `main/binary-${architecture}/Packages.xz`;
      const sha256 = new RegExp(`^ ([0-9a-f]{64}) +\\d+ ${path}$`, "m").exec(release)?.[1];
      if (!sha256) throw new Error(`the release file of ${part.suite} does not list ${path}`);
      const byHash = dists.map((url) => `${url}/main/binary-${architecture}/by-hash/SHA256/${sha256}`);
      const file = await this.#downloads.file([...byHash, ...dists.map((url) => `${url}/${path}`)], sha256, signal);
      index.add(await text(decompress(createReadStream(file), path)), archives);
    }
    return index;
  }
}

/** The signed text. Rejects unless one of Debian's keys signed it for that suite. */
async function verified(inRelease: string, suite: string): Promise<string> {
  const message: CleartextMessage = await readCleartextMessage({ cleartextMessage: inRelease });
  const keys: Key[] = await readKeys({ binaryKeys: readFileSync(KEYRING) });
  // The archive's keys outlive their printed expiry in old suites, and the clock of a test machine may be off: the signature counts.
  const { signatures } = await verify({ message, verificationKeys: keys, date: null as never });
  const checks = await Promise.allSettled(signatures.map((signature) => signature.verified));
  if (!checks.some((check) => check.status === "fulfilled")) {
    const reasons = checks.map((check) => (check.status === "rejected" ? String(check.reason) : ""));
    throw new Error(`the release file of Debian ${suite} is not signed by a key of Debian: ${reasons.join("; ")}`);
  }
  const text = message.getText();
  if (!new RegExp(`^Codename: ${suite}$`, "m").test(text))
    throw new Error(`the mirror served another suite than ${suite}`);
  return text;
}
