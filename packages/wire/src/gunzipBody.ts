import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { errorCode } from "@hearth/kit";
import { SerializationException } from "@hearth/model";
import type { Target } from "./protocols/serviceProtocol.ts";
import { header, type RawRequest } from "./rawRequest.ts";

const unpack = promisify(gunzip);

/** The body as the client had it before it compressed it. Rejects with the target's error when it is larger than the target takes. */
export async function gunzipBody({ headers }: RawRequest, target: Target, body: Buffer): Promise<Buffer> {
  if (header(headers, "content-encoding")?.toLowerCase() !== "gzip" || body.length === 0) return body;
  try {
    return await unpack(body, { maxOutputLength: target.maxBodyBytes });
  } catch (error) {
    if (errorCode(error) === "ERR_BUFFER_TOO_LARGE") throw target.tooLarge();
    throw new SerializationException("Could not unpack the gzip-encoded request body");
  }
}
