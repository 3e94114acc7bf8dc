import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ResourceNotFoundException, structure, text } from "@hearth/model";
import { operation, Reply } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { CODE_PATH, isGranted } from "../code/codeLink.ts";

/** Not an operation of AWS: `Code.Location` of GetFunction and `Content.Location` of GetLayerVersion point here. On AWS they point to S3. */
export const getCode = operation({
  name: "HearthGetCode",
  http: ["GET", `${CODE_PATH}/{Digest}`, 200],
  query: { Grant: "Grant" },
  input: structure({ Digest: text({ pattern: "[0-9a-f]{64}" }), Grant: text().optional() }),
  errors: [ResourceNotFoundException],
  async handle({ Digest, Grant = "" }, { caller }, { code, ...deps }: Pick<ApiDeps, "codeGrant" | "clock" | "code">) {
    // The caller was authorized when the link was made.
    if (!isGranted(Grant, Digest, caller.accessKeyId, deps) || !code.has(Digest)) {
      throw new ResourceNotFoundException("The resource you requested does not exist.");
    }
    const { stream, sizeBytes } = await code.openRead(Digest);
    return new Reply(
      200,
      { "Content-Type": "application/zip", "Content-Length": String(sizeBytes) },
      Readable.toWeb(stream) as ReadableStream<Uint8Array>,
    );
  },
});
