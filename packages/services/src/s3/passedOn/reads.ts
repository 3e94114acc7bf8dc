import { S3Error, textOf } from "@hearth/objects";
import { Reply } from "@hearth/wire";
import { overridden } from "../operations/getObject.ts";
import { checkKey, ownerOf } from "../words.ts";
import { answeredHeaders, type PassedCall, requestOf, xmlAnswer } from "./passedCall.ts";

/** 1,000 keys of 1,024 bytes, each escaped, with what is said about them. */
const MAX_ANSWER_BYTES = 16 * 1024 ** 2;

/** Bytes of tenants on a host that serves the console too. */
const OF_TENANTS = { "content-security-policy": "sandbox", "x-content-type-options": "nosniff" } as const;

/** GetObject and HeadObject: the bytes are streamed. */
export async function readObject(call: PassedCall): Promise<Reply> {
  const { context, bucket, input } = call;
  checkKey(String(input["Key"]));
  const chosen = overridden(input, context);
  const { query, headers: sent, ...request } = requestOf(call);
  const kept = Object.entries(query ?? {}).filter(([name]) => !name.startsWith("response-"));
  try {
    const { status, headers, body } = await call.passedOn.server.send({
      ...request,
      headers: { ...sent, range: isRange(sent?.["range"]) ? sent?.["range"] : undefined },
      query: Object.fromEntries(kept),
      signal: context.signal,
    });
    const shown: Record<string, string> = { ...answeredHeaders(headers), ...chosen, ...OF_TENANTS };
    const length = headers["content-length"];
    if (length !== undefined && status !== 304) shown["Content-Length"] = length;
    if (status === 304 || call.operation.name === "HeadObject") {
      body.resume();
      return new Reply(status, shown, null);
    }
    return new Reply(status, shown, body);
  } catch (error) {
    // A caller who may not list the bucket is not told which keys it has.
    const isMissing = error instanceof S3Error && error.code === "NoSuchKey";
    if (isMissing && (await context.refusalOf("ListObjectsV2", { Bucket: bucket.name }))) {
      throw new S3Error("AccessDenied", 403, "Access Denied");
    }
    throw error;
  }
}

/** A range that is none is ignored, as AWS does; not all servers do. */
function isRange(text: string | undefined): boolean {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(text ?? "") ?? [];
  if (first === "") return last !== "";
  return last === "" || Number(first) <= Number(last);
}

/** Whatever answers with a document, or with nothing, and changes nothing that is announced. */
export async function passDocument(call: PassedCall): Promise<Reply> {
  const { status, headers, body } = await call.passedOn.server.send(requestOf(call));
  const text = await textOf(body, MAX_ANSWER_BYTES);
  return text === "" ? new Reply(status, answeredHeaders(headers), null) : xmlAnswer(status, headers, text);
}

const OWNER = /<(Owner|Initiator)>[\s\S]*?<\/\1>/g;

/** Listings: who owns things on the server (Hearth's key there, for example) is not for clients. Keys are escaped, so none looks like an element. */
export async function passListing(call: PassedCall): Promise<Reply> {
  const { status, headers, body } = await call.passedOn.server.send(requestOf(call));
  const text = await textOf(body, MAX_ANSWER_BYTES);
  const { ID, DisplayName } = ownerOf(call.bucket.accountId);
  const own = (_: string, name: string): string =>
    `<${name}><ID>${ID}</ID><DisplayName>${DisplayName}</DisplayName></${name}>`;
  return xmlAnswer(status, headers, text.replace(OWNER, own));
}
