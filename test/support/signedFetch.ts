import { createHash, createHmac } from "node:crypto";
import { request } from "node:http";
import type { ClientConfig } from "@hearth/testkit";

export interface RawCall {
  /** Signing name; Lambda by default. */
  readonly service?: string;
  readonly method: string;
  /** Path segments before percent-encoding. */
  readonly path: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends one request with Signature Version 4, without any of the checks of an SDK. */
export async function signedCall({ endpoint, region, credentials }: ClientConfig, call: RawCall): Promise<RawAnswer> {
  const path = `/${call.path.map(encode).join("/")}`;
  const pairs = call.query.map(([key, value]) => `${encode(key)}=${encode(value)}`);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const { service = "lambda" } = call;
  const scope = `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
  const bodyHash = sha256(call.body);
  const { host } = new URL(endpoint);
  const own = Object.entries(call.headers).filter(([name]) => /^x-amz-/i.test(name));
  const toSign = new Map([
    ...own.map(([name, value]) => [name.toLowerCase(), value.trim().replaceAll(/ +/g, " ")] as const),
    ["host", host],
    ["x-amz-content-sha256", bodyHash],
    ["x-amz-date", time],
  ]);
  const names = [...toSign.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  const signed = names.join(";");
  const canonical = [
    call.method,
    path.split("/").map(encode).join("/"),
    pairs.toSorted().join("&"),
    names.map((name) => `${name}:${toSign.get(name)}\n`).join(""),
    signed,
    bodyHash,
  ].join("\n");
  const key = [time.slice(0, 8), region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
  const headers = {
    "content-type": "application/json",
    ...call.headers,
    "content-length": String(call.body.byteLength),
    "x-amz-date": time,
    "x-amz-content-sha256": bodyHash,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  };
  const target = `${endpoint}${path}${pairs.length > 0 ? `?${pairs.join("&")}` : ""}`;
  return await new Promise((resolve, reject) => {
    const sent = request(target, { method: call.method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end(call.body);
  });
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** Percent-encoding of RFC 3986, as Signature Version 4 requires. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
