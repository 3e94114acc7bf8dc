import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { HttpReply } from "../httpEndpoint.ts";

const compress = promisify(gzip);

/** The reply, compressed where the client takes gzip and the body has at least so many bytes. */
export async function compressed(
  reply: HttpReply,
  accepted: string | undefined,
  minimumBytes: number,
): Promise<HttpReply> {
  const { body, headers } = reply;
  if (!(body instanceof Uint8Array) || body.byteLength < minimumBytes || headers["content-encoding"] !== undefined)
    return reply;
  const takesGzip = (accepted ?? "")
    .split(",")
    .some((one) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(one));
  if (!takesGzip) return reply;
  return { ...reply, headers: { ...headers, "content-encoding": "gzip" }, body: await compress(body) };
}
