import { X509Certificate } from "node:crypto";
import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock, Logger } from "@hearth/kit";

/** The files of one certificate, with its chain, and of its key, in PEM. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificatesDeps {
  /** The first one is shown to clients that name no host, or one that no certificate is for. */
  readonly files: readonly [CertificateFiles, ...CertificateFiles[]];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A certificate and its key in PEM. */
interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

interface Loaded {
  readonly x509: X509Certificate;
  readonly context: SecureContext;
  readonly pair: Pair;
}

/** Tools that renew certificates write two files, one after the other. */
const SETTLED_MS = 200;

/**
 * The certificates of the TLS port. A client is shown the one whose names have the host that it asks for. The files are read again when they change; while
 * they cannot be read, or do not belong together, the certificates from before are shown, and the log says why.
 */
export class Certificates implements Disposable {
  readonly #deps: CertificatesDeps;
  readonly #watchers: FSWatcher[];
  #loaded: readonly Loaded[];
  #rereading: Disposable | undefined;
  #onFirst: ((first: Pair) => void) | undefined;

  /** Throws when a file cannot be read or is no certificate or key. */
  constructor(deps: CertificatesDeps) {
    this.#deps = deps;
    this.#loaded = deps.files.map(load);
    const folders = new Set(deps.files.flatMap(({ certificate, key }) => [dirname(certificate), dirname(key)]));
    // The folders: a file that is replaced by a rename, or is a link, does not change itself.
    this.#watchers = [...folders].map((folder) => watch(folder, { persistent: false }, () => this.#changed()));
  }

  contextFor(serverName: string): SecureContext | undefined {
    const name = serverName.toLowerCase();
    let found: Loaded | undefined;
    for (const loaded of this.#loaded) {
      const matched = loaded.x509.checkHost(name);
      if (matched?.toLowerCase() === name) return loaded.context; // rather than one with a wildcard
      if (matched !== undefined) found ??= loaded;
    }
    return (found ?? this.#loaded[0])?.context;
  }

  /** Calls `onFirst` with the first certificate, now and whenever it was read again. */
  follow(onFirst: (first: Pair) => void): void {
    this.#onFirst = onFirst;
    if (this.#loaded[0]) onFirst(this.#loaded[0].pair);
  }

  #changed(): void {
    this.#rereading?.[Symbol.dispose]();
    this.#rereading = this.#deps.clock.after(SETTLED_MS, () => this.#reread());
  }

  #reread(): void {
    const { files, logger } = this.#deps;
    try {
      const loaded = files.map(load);
      const before = this.#loaded.map(({ x509 }) => x509.fingerprint256).join();
      this.#loaded = loaded;
      if (loaded.map(({ x509 }) => x509.fingerprint256).join() === before) return;
      if (loaded[0]) this.#onFirst?.(loaded[0].pair);
      logger.info({ validTo: loaded.map(({ x509 }) => x509.validTo) }, "TLS certificates were read again");
    } catch (error) {
      logger.error({ err: error }, "TLS certificates could not be read again; those from before stay in use");
    }
  }

  [Symbol.dispose](): void {
    this.#rereading?.[Symbol.dispose]();
    for (const watcher of this.#watchers) watcher.close();
  }
}

function load({ certificate, key }: CertificateFiles): Loaded {
  const pair = { cert: readFileSync(certificate), key: readFileSync(key) };
  return { x509: new X509Certificate(pair.cert), context: createSecureContext(pair), pair };
}
