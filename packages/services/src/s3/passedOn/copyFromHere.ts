import type { ObjectVersion } from "@hearth/objects";
import type { Reply } from "@hearth/wire";
import type { S3Deps } from "../deps.ts";
import { parseCopySource } from "../copySource.ts";
import { checkCopiedSize, directive, sourceOf } from "../operations/copyObject.ts";
import { copiedRange } from "../ranges.ts";
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
  checkCopiedSize(source.size);
  const headers = headersOf(call, source);
  const name = "ObjectCreated:Copy";
  return await announced(call, { name }, async () => {
    const body = await bytesOf(source, 0, source.size - 1, storage);
    const answer = await call.passedOn.server.send({ ...ownRequest(call), headers, body });
    answer.body.resume();
    const happened = written(answer, name, source.size);
    const versionId = headerText(answer.headers["x-amz-version-id"]);
    const shown = { LastModified: new Date(clock.now()), ETag: quoted(happened.etag ?? "") };
    const named = versionId === undefined ? {} : { "x-amz-version-id": versionId };
    return { result: xmlReply("CopyObjectResult", shown, named), happened };
  });
}

/** UploadPartCopy from a bucket of Hearth. */
export async function copyPartFromHere(call: PassedCall, { storage, clock }: S3Deps): Promise<Reply> {
  const { source } = await sourceOf(call.input, storage);
  const { start, end } = copiedRange(call.input["CopySourceRange"] as string | undefined, source.size);
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
  const { MetadataDirective = "COPY", TaggingDirective = "COPY", Tagging } = call.input;
  const replaces = directive("x-amz-metadata-directive", String(MetadataDirective));
  const replacesTags = directive("x-amz-tagging-directive", String(TaggingDirective));
  const metadata = Object.entries(facts.metadata ?? {}).map(([name, value]) => [`x-amz-meta-${name}`, value] as const);
  const own = replaces ? {} : { ...facts.headers, ...Object.fromEntries(metadata) };
  const copied = new URLSearchParams(tags).toString();
  const tagging = replacesTags ? (Tagging as string | undefined) : copied;
  return { ...headers, ...own, ...(tagging !== undefined && tagging !== "" && { "x-amz-tagging": tagging }) };
}
