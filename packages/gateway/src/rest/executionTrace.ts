import type { Clock } from "@hearth/kit";

/** AWS cuts the lines of execution logs: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-execution-logging.html */
const MAX_LENGTH = 1024;
/** What an API asks for, its templates and authorizers included, has fewer lines. */
const MAX_LINES = 200;
const CUT = " [TRUNCATED]";
/** As many characters of a secret stay readable as AWS leaves, when it is long enough that they tell nothing. */
const SHOWN = 6;
const LONG_SECRET = 24;
/** Shorter ones protect nothing, and masking them would make the lines unreadable. */
const MIN_SECRET = 4;
/** Of headers: each costs time in each line. A client that sends more of them shows its own. */
const MAX_SECRETS = 32;

export interface TraceSettings {
  /** ERROR: only what failed. */
  readonly level: "ERROR" | "INFO";
  /** Requests and answers too, with their bodies. */
  readonly hasData: boolean;
}

export interface TraceLine {
  readonly timestamp: number;
  readonly message: string;
}

type Values = Iterable<readonly [name: string, value: string | readonly string[]]>;

/** Headers whose values are credentials. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(["authorization", "x-api-key", "x-amz-security-token"]);

/** What one request for a REST API went through, line by line, in AWS's words. Credentials are masked wherever they occur. */
export class ExecutionTrace {
  readonly #settings: TraceSettings;
  readonly #clock: Pick<Clock, "now">;
  readonly #lines: TraceLine[] = [];
  /** Secrets and what is shown in their place. */
  readonly #secrets = new Map<string, string>();

  constructor(settings: TraceSettings, clock: Pick<Clock, "now">) {
    this.#settings = settings;
    this.#clock = clock;
  }

  get lines(): readonly TraceLine[] {
    return this.#lines;
  }

  /** Masks this value in all lines that follow. */
  hide(secret: string): void {
    if (secret.length < MIN_SECRET) return;
    const shown = secret.length >= LONG_SECRET ? secret.slice(-SHOWN) : "";
    const mask = shown.padStart(Math.min(secret.length, 64), "*");
    for (const form of [secret, JSON.stringify(secret).slice(1, -1)]) this.#secrets.set(form, mask);
  }

  hideHeaders(headers: Iterable<readonly [name: string, value: string]>): void {
    for (const [name, value] of headers) {
      if (this.#secrets.size >= MAX_SECRETS) return;
      if (SECRET_HEADERS.has(name)) this.hide(value);
    }
  }

  /** What failed. */
  error(text: string): void {
    this.#add(text);
  }

  info(text: string): void {
    if (this.#settings.level === "INFO") this.#add(text);
  }

  /** A part of a request or an answer. */
  data(label: string, value: () => string | Uint8Array | null | undefined): void {
    if (this.#settings.level !== "INFO" || !this.#settings.hasData) return;
    const given = value() ?? "";
    const bytes = this.#wanted();
    const text =
      typeof given === "string"
        ? given
        : Buffer.from(given.buffer, given.byteOffset, Math.min(given.byteLength, bytes)).toString();
    this.#add(`${label}: ${text}`, given.length > bytes);
  }

  /** Named values as AWS writes them: `{a=1, b=2}`. */
  values(label: string, values: () => Values): void {
    this.data(label, () => {
      const shown = [...values()].map(([name, value]) => `${name}=${[value].flat().join(",")}`);
      return `{${shown.join(", ")}}`;
    });
  }

  /** How much of a text is looked at: a secret at the end must not be cut before it is found. */
  #wanted(): number {
    return MAX_LENGTH + Math.max(0, ...[...this.#secrets.keys()].map(({ length }) => length));
  }

  #add(text: string, isCut = false): void {
    if (this.#lines.length >= MAX_LINES) return;
    let masked = text.slice(0, this.#wanted());
    // One may be a part of another: the longest are looked for first.
    const secrets = [...this.#secrets].toSorted(([a], [b]) => b.length - a.length);
    for (const [secret, mask] of secrets) masked = masked.replaceAll(secret, () => mask);
    const isLong = isCut || text.length > MAX_LENGTH;
    const message = isLong ? `${masked.slice(0, MAX_LENGTH - CUT.length)}${CUT}` : masked;
    this.#lines.push({ timestamp: this.#clock.now(), message });
  }
}
