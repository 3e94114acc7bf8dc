import { createHash, createHmac, type Hmac, type Hash } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

/** Hearth refused a request or could not be reached. The message is shown to the user. */
export class AdminError extends Error {}

/** Hearth has too much to do at this moment. */
export class ThrottledError extends AdminError {}

export interface AdminClient {
  /** Resolves with the parsed body; rejects with an AdminError when the request fails. */
  get(path: string, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** Resolves with the parsed body, or `undefined` when there is none; rejects with an AdminError when the request fails. */
  send(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<unknown>;
}

/** A client of Hearth's admin API. Requests are signed like any AWS request, with the service name `hearth`. */
export function adminClient(env: Readonly<Record<string, string | undefined>>): AdminClient {
  const endpoint = new URL(env["AWS_ENDPOINT_URL"] || "http://127.0.0.1:4566");
  const signer = new SignatureV4({
    service: "hearth",
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "us-east-1",
    credentials: {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] || "test",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] || "test",
      ...(env["AWS_SESSION_TOKEN"] ? { sessionToken: env["AWS_SESSION_TOKEN"] } : {}),
    },
    sha256: Sha256,
  });
  async function request(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    body: string | undefined,
  ): Promise<unknown> {
    const { protocol, hostname, host } = endpoint;
    const headers = { host, ...(body !== undefined && { "content-type": "application/json" }) };
    const unsigned = { method, protocol, hostname, path, query, headers, ...(body !== undefined && { body }) };
    const signed = await signer.sign(unsigned);
    const url = new URL(path, endpoint);
    url.search = new URLSearchParams(query).toString();
    const init = { method, headers: signed.headers, ...(body !== undefined && { body }) };
    const response = await fetchOrExplain(url, init);
    const text = await response.text();
    if (response.status === 429) throw new ThrottledError(refusal(response.status, text));
    if (!response.ok) throw new AdminError(refusal(response.status, text));
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }
  return {
    get: (path, query) => request("GET", path, query, undefined),
    send: (method, path, body) => request(method, path, {}, body && JSON.stringify(body)),
  };
}

async function fetchOrExplain(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new AdminError(
      `cannot connect to Hearth at ${url.origin} (${cause}). Check that it runs and that AWS_ENDPOINT_URL is right.`,
    );
  }
}

function refusal(status: number, body: string): string {
  try {
    const { message, Message } = JSON.parse(body) as { message?: string; Message?: string };
    return message ?? Message ?? `Hearth answered ${status}`;
  } catch {
    return `Hearth answered ${status}: ${body.slice(0, 200)}`;
  }
}

/** SHA-256 and HMAC-SHA-256 of node:crypto behind the signer's interface. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
