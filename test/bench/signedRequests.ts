import { createHash, createHmac, randomUUID } from "node:crypto";
import type { PreparedRequest } from "./load.ts";

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** A body of about 100 bytes that no other request has. */
export function uniqueBody(): string {
  return JSON.stringify({ nonce: randomUUID(), filler: "abcdefghijklmnopqrstuvwxyz012345678" });
}

/** The same as Python writes it. */
export function uniquePythonBody(): string {
  return JSON.stringify({ nonce: randomUUID(), filler: "abcdefghijklmnopqrstuvwxyz012345678" }, undefined, 1)
    .replaceAll(/\n\s*/g, "")
    .replaceAll('","', '", "');
}

/** `count` Invoke requests, each with its own body and Signature Version 4. */
export function signedInvokes(
  count: number,
  target: { port: number; functionName: string; region: string; accessKeyId: string; secretAccessKey: string },
  bodyOf = uniqueBody,
): PreparedRequest[] {
  const host = `127.0.0.1:${target.port}`;
  const path = `/2015-03-31/functions/${target.functionName}/invocations`;
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const scope = `${date}/${target.region}/lambda/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${target.secretAccessKey}`, date), target.region), "lambda"), "aws4_request");
  return Array.from({ length: count }, () => {
    const body = bodyOf();
    const bodyHash = sha256(body);
    const signed = "host;x-amz-content-sha256;x-amz-date";
    const canonical = `POST\n${path}\n\nhost:${host}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n\n${signed}\n${bodyHash}`;
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
    const request =
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Amz-Date: ${time}\r\nX-Amz-Content-Sha256: ${bodyHash}\r\n` +
      `Authorization: AWS4-HMAC-SHA256 Credential=${target.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}\r\n\r\n${body}`;
    return { request: Buffer.from(request), expected: Buffer.from(body) };
  });
}

/** `count` requests of the same size class for the floor, which checks nothing. */
export function plainRequests(count: number, port: number, bodyOf = uniqueBody): PreparedRequest[] {
  return Array.from({ length: count }, () => {
    const body = bodyOf();
    const request = `POST /invoke HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    return { request: Buffer.from(request), expected: Buffer.from(body) };
  });
}
