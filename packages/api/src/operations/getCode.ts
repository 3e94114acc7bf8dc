import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { ResourceNotFoundException, structure, text } from "@hearth/model";
import { operation, Reply } from "@hearth/wire";
import type { ApiDeps } from "../apiDeps.ts";
import { CODE_PATH } from "../codeLink.ts";
import { mayUseLayer } from "../layerMembers.ts";

/** Hearth's own: what `Code.Location` of GetFunction and `Content.Location` of GetLayerVersion lead to. On AWS that is a link to a bucket of the service. */
export const getCode = operation({
  name: "HearthGetCode",
  http: ["GET", `${CODE_PATH}/{Digest}`, 200],
  query: { Grant: "Grant" },
  input: structure({ Digest: text({ pattern: "[0-9a-f]{64}" }), Grant: text().optional() }),
  errors: [ResourceNotFoundException],
  async handle(
    { Digest, Grant },
    context,
    { codeGrant, functions, layers, code }: Pick<ApiDeps, "codeGrant" | "functions" | "layers" | "code">,
  ) {
    const { accountId } = context.caller;
    const allowed =
      (await functions.usesCode(accountId, Digest)) ||
      (await layers.withCode(Digest)).some((layer) => mayUseLayer(layer, accountId));
    if (!allowed || !code.has(Digest))
      throw new ResourceNotFoundException("The resource you requested does not exist.");
    // Who may see what was decided when the link was made.
    if (Grant !== codeGrant(Digest, context.caller.accessKeyId)) {
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
