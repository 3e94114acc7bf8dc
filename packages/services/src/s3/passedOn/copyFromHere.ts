import { invalidArgument, invalidRequest, type ObjectVersion } from "@hearth/objects";
import type { Reply } from "@hearth/wire";
import type { S3Deps } from "../deps.ts";
import { parseCopySource } from "../copySource.ts";
import { sourceOf } from "../operations/copyObject.ts";
import { MAX_PUT_BYTES } from "../operations/putObject.ts";
import { rangeOf } from "../ranges.ts";
import { quoted } from "../words.ts";
import { xmlReply } from "../xml.ts";
import { headerText, type PassedCall, requestOf } from "./passedCall.ts";
import { announced, written } from "./writes.ts";

/** Whether a copy's source is an object that Hearth holds itself, so that the server cannot copy it. */
export async function comesFromHere({ input }: PassedCall, { storage }: S3Deps): Promise<boolean> {
  const source = parseCopySource((input["CopySource"] as string | undefined) ?? "");
  const bucket = source && (await storage.directory.find(source.Bucket));
  return bucket !== undefined && !bucket.passedOn;
}

/** CopyObject from a bucket of Hearth: the bytes are sent to the server. */
export async function copyFromHere(call: PassedCall, { storage, clock }: S3Deps): Promise<Reply> {
  const { source } = await sourceOf(call.input, storage);
  if (source.size > MAX_PUT_BYTES) {
    throw invalidRequest(
      "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120",
    );
  }
  const name = "ObjectCreated:Copy";
  return await announced(call, { name }, async () => {
    const body = await bytesOf(source, 0, source.size - 1, storage);
    const answer = await call.passedOn.server.send({ ...ownRequest(call), headers: headersOf(call, source), body });
    answer.body.resume();
    const happened = written(answer, name, source.size);
    const versionId = headerText(answer.headers["x-amz-version-id"]);
    const shown = { LastModified: new Date(clock.now()), ETag: quoted(happened.etag ?? "") };
    const headers = versionId === undefined ? {} : { "x-amz-version-id": versionId };
    return { result: xmlReply("CopyObjectResult", shown, headers), happened };
  });
}

/** UploadPartCopy from a bucket of Hearth. */
export async function copyPartFromHere(call: PassedCall, { storage, clock }: S3Deps): Promise<Reply> {
  const { source } = await sourceOf(call.input, storage);
  const asked = call.input["CopySourceRange"] as string | undefined;
  const range = rangeOf(asked, source.size);
  if (asked !== undefined && !range) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      asked,
    );
  }
  const { start, end } = range ?? { start: 0, end: source.size - 1 };
  const body = await bytesOf(source, start, end, storage);
  const answer = await call.passedOn.server.send({ ...ownRequest(call), body });
  answer.body.resume();
  const { etag = "" } = written(answer, "", 0);
  return xmlReply("CopyPartResult", { LastModified: new Date(clock.now()), ETag: quoted(etag) });
}

async function bytesOf(source: ObjectVersion, start: number, end: number, { bytes }: S3Deps["storage"]) {
  if (end < start) return new Uint8Array();
  return { source: await bytes.read(source.files, start, end), length: end - start + 1 };
}

const OF_COPIES = /^x-amz-(?:copy-source|metadata-directive|tagging-directive|checksum-algorithm|tagging)/;

/** The request without what says that it copies. */
function ownRequest(call: PassedCall) {
  const { headers = {}, ...request } = requestOf(call);
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_COPIES.test(name))),
  };
}

/** What the new object has, of the source or of the request, as the directives say. */
function headersOf(call: PassedCall, { facts, tags }: ObjectVersion): Record<string, string | undefined> {
  const { headers } = ownRequest(call);
  const { MetadataDirective, TaggingDirective, Tagging } = call.input;
  const metadata = Object.entries(facts.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value] as const);
  const own = MetadataDirective === "REPLACE" ? {} : { ...facts.headers, ...Object.fromEntries(metadata) };
  const copied = new URLSearchParams(tags).toString();
  const tagging = TaggingDirective === "REPLACE" ? (Tagging as string | undefined) : copied;
  return { ...headers, ...own, ...(tagging !== undefined && tagging !== "" && { "x-amz-tagging": tagging }) };
}
