import { type Clock, errorCode } from "@hearth/kit";
import { ConnectionShares } from "./connectionShares.ts";
import { OutboundFailed } from "./outboundErrors.ts";

export interface MailerOptions {
  /** `smtp://user:password@host:587`; `smtps://` speaks TLS from the beginning. */
  readonly url: string;
  /** Such as `Hearth <hearth@example.org>`. */
  readonly from: string;
}

export interface MailerDeps {
  readonly clock: Clock;
}

export interface Mail {
  readonly accountId: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Instead of the name in HEARTH_SMTP_FROM. */
  readonly fromName?: string;
}

/** The mail server will not take this mail, now or later: for example it does not know the recipient. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
}

/** One address, without a name, comments or quotes: nothing that a mail program could take for more than one recipient. */
const ADDRESS = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/;
const MAX_ADDRESS_LENGTH = 254;
const CONNECTIONS = 4;
const PER_ACCOUNT = 2;
const WAITING_PER_ACCOUNT = 1_000;
/** How long a mail waits for a connection of its account's share. */
const SHARE_MS = 20_000;
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

export function isMailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && ADDRESS.test(text);
}

/** Sends mail by the owner's mail server, which may be at any address. Accounts share its connections: one with much mail delays only its own. */
export class Mailer implements Disposable {
  readonly #from: string;
  readonly #fromAddress: string;
  readonly #url: string;
  #transport: ReturnType<typeof openTransport> | undefined;
  readonly #shares = new ConnectionShares({
    total: CONNECTIONS,
    perAccount: PER_ACCOUNT,
    waitingPerAccount: WAITING_PER_ACCOUNT,
  });
  readonly #clock: Clock;

  constructor({ url, from }: MailerOptions, { clock }: MailerDeps) {
    this.#clock = clock;
    this.#url = url;
    this.#from = from;
    this.#fromAddress = from.replace(/^[^<]*<(.*)>$/, "$1");
  }

  /**
   * Resolves when the server has taken the mail. Rejects with MailRefused when it never will, otherwise it may be tried again: with OutboundFailed of the
   * reason `busy` when nothing was sent, because the account has no free connection.
   */
  async send({ accountId, to, subject, text, fromName }: Mail, signal: AbortSignal): Promise<void> {
    if (!isMailAddress(to)) throw new MailRefused(`${JSON.stringify(to)} is not an address`);
    using _share = await this.#share(accountId, signal);
    const transport = await (this.#transport ??= openTransport(this.#url));
    try {
      await transport.sendMail({
        from: fromName === undefined ? this.#from : { name: fromName, address: this.#fromAddress },
        to: { name: "", address: to },
        subject,
        text,
        // No answers by programs that are away: https://www.rfc-editor.org/rfc/rfc3834
        headers: { "Auto-Submitted": "auto-generated" },
        signal,
      });
    } catch (error) {
      if (isPermanent(error)) throw new MailRefused((error as Error).message, { cause: error });
      throw error;
    }
  }

  async #share(accountId: string, signal: AbortSignal): Promise<Disposable> {
    const late = new AbortController();
    using _deadline = this.#clock.after(SHARE_MS, () =>
      late.abort(new OutboundFailed("busy", `account ${accountId} has no free connection to the mail server`)),
    );
    return await this.#shares.acquire(accountId, AbortSignal.any([signal, late.signal]));
  }

  [Symbol.dispose](): void {
    void this.#transport?.then((transport) => transport.close());
  }
}

/** The library is read with the first mail: it takes 3 MB. */
async function openTransport(url: string) {
  const { createTransport } = await import("nodemailer");
  const { protocol, hostname, port, username, password } = new URL(url);
  return createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    secure: protocol === "smtps:",
    ...(port !== "" && { port: Number(port) }),
    ...(username !== "" && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** Only what the server says about this mail: a refused log-in is the owner's mistake, who will correct it. */
function isPermanent(error: unknown): boolean {
  const status = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  return status >= 500 && ["EENVELOPE", "EMESSAGE"].includes(errorCode(error) ?? "");
}
