import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { hash } from "node:crypto";
import { type Clock, type Logger, NamedServer, type NamedServerMetrics } from "@hearth/kit";
import { encodeRfc3986, signRequest, type SigningSecret } from "@hearth/wire";
import { slowDown } from "../errors.ts";
import { checkNames } from "./names.ts";
import { framed, framedLength, heldBack, type SentBody } from "./sentBody.ts";
import { KeyRefused, readServerError, Unanswered } from "./serverErrors.ts";

export interface ObjectServerOptions {
  /** Scheme and authority. */
  readonly endpoint: string;
  readonly region: string;
  /** Puts the bucket into the path, not into the host name. */
  readonly pathStyle: boolean;
  readonly credentials: SigningSecret;
  /** Certificates of authorities (PEM); absent: those that Node trusts. */
  readonly ca?: readonly string[] | undefined;
  readonly metrics: NamedServerMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ServerRequest {
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  readonly bucket?: string;
  readonly key?: string | undefined;
  /** `undefined`: left out; "": the name alone. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** In lower case. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array | SentBody | undefined;
  /** Ends a request that only reads. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer of the server. Its body has to be read or destroyed. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: IncomingMessage;
}

const CONNECT_MS = 10_000;
/** The server neither takes nor sends anything. Completing a large upload may take it long. */
const SILENT_MS = 300_000;
/** Shorter than servers keep connections without requests, so that none is used that is just being closed. */
const IDLE_MS = 4_000;
const MAX_CONNECTIONS = 256;
/** Requests that wait for a connection. */
const MAX_WAITING = 1_024;
/** base64 of the digests. */
const DIGEST_LENGTHS: Readonly<Record<string, number>> = {
  "x-amz-checksum-crc32": 8,
  "x-amz-checksum-crc32c": 8,
  "x-amz-checksum-crc64nvme": 12,
  "x-amz-checksum-sha1": 28,
  "x-amz-checksum-sha256": 44,
};

/** The S3-compatible server that HEARTH_S3_ENDPOINT names. Requests are signed with Hearth's own key for it; bodies are streamed in both directions. */
export class ObjectServer implements Disposable {
  readonly #options: ObjectServerOptions;
  readonly #url: URL;
  readonly #agent: HttpAgent;
  readonly #health: NamedServer;
  #inFlight = 0;

  constructor(options: ObjectServerOptions) {
    this.#options = options;
    const ask = async (): Promise<void> => void (await this.send({ method: "GET" })).body.destroy();
    this.#health = new NamedServer({ service: "s3", setting: "HEARTH_S3_ENDPOINT", ask }, options);
    this.#url = new URL(options.endpoint);
    const settings = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: IDLE_MS };
    this.#agent =
      this.#url.protocol === "https:"
        ? new HttpsAgent({ ...settings, ...(options.ca && { ca: [...options.ca] }) })
        : new HttpAgent(settings);
  }

  get region(): string {
    return this.#options.region;
  }

  /** Why the server cannot be used; `undefined` while it can. */
  get problem(): string | undefined {
    return this.#health.problem;
  }

  /** Rejects with an S3Error for every answer that is no success, except 304; with Unanswered when there is none; with the body's own error when that fails. */
  async send(request: ServerRequest): Promise<ServerAnswer> {
    checkNames(request);
    if (this.#inFlight >= MAX_CONNECTIONS + MAX_WAITING) throw slowDown("Please reduce your request rate.");
    this.#inFlight++;
    const end = this.#health.begin();
    try {
      const answer = await this.#exchange(request);
      const status = answer.statusCode ?? 500;
      if ((status < 200 || status >= 300) && status !== 304) {
        const error = await readServerError(answer, request.method);
        if (error instanceof KeyRefused) end("unusable", `it does not accept Hearth's key: ${String(error.cause)}`);
        else end(status < 500 ? "refused" : "failed");
        throw error;
      }
      end("ok");
      return { status, headers: answer.headers, body: answer };
    } catch (error) {
      const isUnanswered = error instanceof Unanswered && request.signal?.aborted !== true;
      end(isUnanswered ? "unusable" : "ended", isUnanswered ? error.cause : undefined);
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  #exchange(request: ServerRequest): Promise<IncomingMessage> {
    const { method, body, signal } = request;
    const { path, headers } = this.#signed(request);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const secure = this.#url.protocol === "https:";
    const { hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, "");
    const options = { host, ...(port !== "" && { port }), path, method, headers, agent: this.#agent };
    const sent = secure
      ? httpsRequest({ ...options, servername: this.#hostOf(request.bucket).replace(/:\d+$/, "") })
      : httpRequest(options);
    let isConnected = false;
    let sourceError: unknown;
    const connecting = this.#options.clock.after(CONNECT_MS, () => {
      if (!isConnected) sent.destroy(new Error(`no connection within ${CONNECT_MS} ms`));
    });
    sent.setTimeout(SILENT_MS, () => sent.destroy(new Error(`nothing happened for ${SILENT_MS} ms`)));
    sent.once("socket", (socket) => {
      const connected = (): void => void (isConnected = true);
      if (socket.connecting) socket.once(secure ? "secureConnect" : "connect", connected);
      else connected();
    });
    const abort = (): void => void sent.destroy(new Error("the client closed the connection"));
    signal?.addEventListener("abort", abort, { once: true });
    const done = (): void => {
      connecting[Symbol.dispose]();
      signal?.removeEventListener("abort", abort);
    };
    sent.once("response", (answer) => {
      done();
      if (signal) {
        const end = (): void => void answer.destroy();
        signal.addEventListener("abort", end, { once: true });
        answer.once("close", () => signal.removeEventListener("abort", end));
      }
      resolve(answer);
    });
    sent.once("error", (error) => {
      done();
      // A body that was not complete makes no object.
      const isComplete = sent.writableEnded;
      reject(sourceError ?? new Unanswered(isConnected && isComplete, error));
    });
    if (signal?.aborted) abort();
    else if (body === undefined || body instanceof Uint8Array) sent.end(body);
    else {
      write(sent, heldBack(body.trailer ? framed(body.source, body.trailer) : body.source)).catch((error: unknown) => {
        sourceError = error;
        sent.destroy(error instanceof Error ? error : new Error(String(error)));
      });
    }
    return promise;
  }

  #hostOf(bucket: string | undefined): string {
    return this.#options.pathStyle || bucket === undefined ? this.#url.host : `${bucket}.${this.#url.host}`;
  }

  #signed({ method, bucket, key, query = {}, headers: given = {}, body }: ServerRequest) {
    const { credentials, region, clock, pathStyle } = this.#options;
    const segments = [...(pathStyle && bucket !== undefined ? [bucket] : []), ...(key === undefined ? [] : [key])];
    const path = `/${segments.map((text) => text.split("/").map(encodeRfc3986).join("/")).join("/")}`;
    const search = Object.entries(query)
      .filter((pair): pair is [string, string] => pair[1] !== undefined)
      .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
      .join("&");
    const headers: Record<string, string> = { host: this.#hostOf(bucket) };
    for (const [name, value] of Object.entries(given)) if (value !== undefined) headers[name] = value;
    let payloadHash = hash("sha256", "", "hex");
    if (body instanceof Uint8Array) {
      payloadHash = hash("sha256", body, "hex");
      headers["content-length"] = String(body.length);
    } else if (body?.trailer) {
      const { name } = body.trailer;
      payloadHash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
      headers["content-encoding"] = [headers["content-encoding"], "aws-chunked"].filter(Boolean).join(",");
      headers["x-amz-decoded-content-length"] = String(body.length);
      headers["x-amz-trailer"] = name;
      headers["content-length"] = String(framedLength(body.length, name, DIGEST_LENGTHS[name] ?? 0));
    } else if (body) {
      payloadHash = "UNSIGNED-PAYLOAD";
      headers["content-length"] = String(body.length);
    } else if (method === "PUT" || method === "POST") headers["content-length"] = "0";
    const signing = { key: credentials, region, service: "s3", payloadHash, now: clock.now() };
    const signed = signRequest({ method, path, search, headers }, signing);
    return { path: search === "" ? path : `${path}?${search}`, headers: { ...headers, ...signed } };
  }

  [Symbol.dispose](): void {
    this.#health[Symbol.dispose]();
    this.#agent.destroy();
  }
}

/** Writes as fast as the server reads. Stops when the server has answered before the end, or has closed the connection. */
async function write(sent: ClientRequest, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let isOver = false;
  let early: IncomingMessage | undefined;
  const over = new Promise<void>((resolve) => {
    const end = (answer?: IncomingMessage): void => {
      isOver = true;
      early = answer;
      resolve();
    };
    sent.once("response", end).once("close", () => end());
  });
  for await (const piece of pieces) {
    if (isOver) {
      // The connection cannot be used again: the server may still expect the rest.
      if (!early || early.closed) sent.destroy();
      else early.once("close", () => sent.destroy());
      return;
    }
    if (sent.write(piece)) continue;
    const drained = new Promise<void>((resolve) => sent.once("drain", resolve));
    await Promise.race([drained, over]);
  }
  sent.end();
}
