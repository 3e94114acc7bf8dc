import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import type { ClientConfig } from "@hearth/testkit";

export interface ChunkedPut {
  /** `bucket/key`, of characters that need no encoding. */
  readonly path: string;
  readonly chunks: readonly string[];
  /** A trailing header, whose signature is sent too. */
  readonly trailer?: readonly [string, string];
  /** Changes the body before it is sent. */
  readonly damage?: (body: string) => string;
}

/** Puts an object with a body in signed chunks, as the SDK for Java does. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html */
export async function putInSignedChunks(
  { endpoint, region, credentials }: ClientConfig,
  { path, chunks, trailer, damage = (body) => body }: ChunkedPut,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope
    .split("/")
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${credentials.secretAccessKey}`);
  const sign = (kind: string, previous: string, hashes: string): string =>
    hmac(
      key,
      `AWS4-HMAC-SHA256${kind}\n${time}\n${scope}\n${previous === "" ? "" : `${previous}\n`}${hashes}`,
    ).toString("hex");
  const headers: Record<string, string> = {
    host: new URL(endpoint).host,
    "x-amz-content-sha256": `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailer ? "-TRAILER" : ""}`,
    "x-amz-date": time,
    "x-amz-decoded-content-length": String(chunks.reduce((sum, chunk) => sum + chunk.length, 0)),
    ...(trailer && { "x-amz-trailer": trailer[0] }),
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    ...["PUT", `/${path}`, ""],
    ...names.map((name) => `${name}:${headers[name]}`),
    ...["", names.join(";"), headers["x-amz-content-sha256"]],
  ].join("\n");
  let signature = sign("", "", sha256(canonical));
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  let body = "";
  for (const chunk of [...chunks, ""]) {
    signature = sign("-PAYLOAD", signature, `${sha256("")}\n${sha256(chunk)}`);
    body += `${chunk.length.toString(16)};chunk-signature=${signature}\r\n${chunk === "" ? "" : `${chunk}\r\n`}`;
  }
  if (trailer) {
    const line = `${trailer[0]}:${trailer[1]}`;
    body += `${line}\r\nx-amz-trailer-signature:${sign("-TRAILER", signature, sha256(`${line}\n`))}\r\n`;
  }
  const sent = damage(`${body}\r\n`);
  const onward = request(`${endpoint}/${path}`, {
    method: "PUT",
    headers: { ...headers, authorization, "content-encoding": "aws-chunked", "content-length": sent.length },
  });
  onward.end(sent);
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  return { status: answer.statusCode, text: await text(answer) };
}

function sha256(data: string): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
