import { Agent, request as httpRequest } from "node:http";
import { Agent as SecureAgent, request as httpsRequest } from "node:https";
import { type Clock, type Logger, NamedServer, type NamedServerMetrics } from "@hearth/kit";
import { signJsonRequest } from "@hearth/wire";
import { readServerError, serverFailed } from "./serverErrors.ts";

export interface TableServerSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface TableServerDeps {
  readonly metrics: NamedServerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The API of tables, or that of their streams. */
export type TableApi = "DynamoDB_20120810" | "DynamoDBStreams_20120810";

const MAX_CONNECTIONS = 256;
/** A batch of the largest size, with all of its text escaped. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 60_000;
const UNREACHABLE = "The DynamoDB server that Hearth passes requests on to does not answer.";
const REFUSED = "The DynamoDB server that Hearth passes requests on to has not carried out the request.";

/** The server that HEARTH_DYNAMODB_ENDPOINT names: requests are signed with its key. */
export class TableServer implements Disposable {
  readonly #url: URL;
  readonly #settings: TableServerSettings;
  readonly #deps: TableServerDeps;
  readonly #agent: Agent;
  readonly #health: NamedServer;

  constructor(settings: TableServerSettings, deps: TableServerDeps) {
    this.#url = new URL(settings.endpoint);
    this.#settings = settings;
    this.#deps = deps;
    const ask = async (): Promise<unknown> => await this.call("ListTables", { Limit: 1 });
    this.#health = new NamedServer({ service: "dynamodb", setting: "HEARTH_DYNAMODB_ENDPOINT", ask }, deps);
    const options = { keepAlive: true, maxSockets: MAX_CONNECTIONS, scheduling: "lifo" } as const;
    this.#agent = this.#url.protocol === "https:" ? new SecureAgent(options) : new Agent(options);
  }

  /** Why the server cannot be used; `undefined` while it can. */
  get problem(): string | undefined {
    return this.#health.problem;
  }

  /** Sends one request. Resolves with the body of its answer; rejects with TableServerError. It is never sent twice: SDKs do that. */
  async send(operation: string, body: Uint8Array, api: TableApi = "DynamoDB_20120810"): Promise<Buffer> {
    const { credentials, region } = this.#settings;
    const target = `${api}.${operation}`;
    const signed = { host: this.#url.host, region, service: "dynamodb", target, now: this.#deps.clock.now() };
    const headers = signJsonRequest(credentials, body, signed);
    const end = this.#health.begin();
    let answer: Answer;
    try {
      answer = await this.#exchange(headers, body);
    } catch (error) {
      end("unusable", error);
      throw serverFailed(UNREACHABLE);
    }
    if (answer.status === 200) {
      end("ok");
      return answer.body;
    }
    const read = readServerError(answer.status, answer.body);
    if (read.error) {
      end(answer.status < 500 ? "refused" : "failed");
      throw read.error;
    }
    end("unusable", read.problem);
    throw serverFailed(REFUSED);
  }

  /** As `send`, for what is small: the parsed answer. */
  async call(operation: string, input: object, api?: TableApi): Promise<Readonly<Record<string, unknown>>> {
    return parsedAnswer(await this.send(operation, Buffer.from(JSON.stringify(input)), api));
  }

  async #exchange(headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const send = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
    const options = { method: "POST", path: "/", headers, agent: this.#agent, timeout: TIMEOUT_MS };
    const outgoing = send(this.#url, options, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES)
          response.destroy(new Error(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`));
        else chunks.push(chunk);
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    outgoing.once("error", reject);
    outgoing.end(body);
    return await promise;
  }

  [Symbol.dispose](): void {
    this.#health[Symbol.dispose]();
    this.#agent.destroy();
  }
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Throws TableServerError for an answer that is no JSON object. */
export function parsedAnswer(body: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    throw serverFailed(REFUSED);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw serverFailed(REFUSED);
  return value as Readonly<Record<string, unknown>>;
}
