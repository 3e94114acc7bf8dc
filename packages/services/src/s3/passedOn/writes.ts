import {
  type Happened,
  noSuchBucket,
  S3Error,
  type ServerAnswer,
  serverError,
  stateOf,
  textOf,
  Unanswered,
  unquoted,
} from "@hearth/objects";
import type { BodyStream, Reply } from "@hearth/wire";
import { eventRequest } from "../eventRequest.ts";
import { headersReply } from "../xml.ts";
import { answeredHeaders, headerText, type PassedCall, requestOf } from "./passedCall.ts";

const MAX_ANSWER_BYTES = 1024 ** 2;
const CHECKSUM = /^x-amz-checksum-(?:crc32|crc32c|crc64nvme|sha1|sha256)$/;

/** Sends the bytes of PutObject or UploadPart on. A checksum behind the bytes stays behind them. */
export async function sendBytes(call: PassedCall, source: BodyStream): Promise<ServerAnswer> {
  const trailing = (call.input["Trailer"] as string | undefined) ?? "";
  const name = trailing
    .split(",")
    .map((one) => one.trim().toLowerCase())
    .find((one) => CHECKSUM.test(one));
  const { headers, ...request } = requestOf(call);
  const { "x-amz-sdk-checksum-algorithm": algorithm, ...others } = headers ?? {};
  const answer = await call.passedOn.server.send({
    ...request,
    headers: { ...others, ...(name !== undefined && { "x-amz-sdk-checksum-algorithm": algorithm }) },
    body: {
      source,
      length: source.length ?? 0,
      ...(name !== undefined && { trailer: { name, value: () => source.trailers?.get(name) } }),
    },
  });
  answer.body.resume();
  return answer;
}

/** Passes a write of one key on, and announces it. `pass` resolves with the reply and with what the event says. */
export async function announced(
  { passedOn, bucket, context, input }: PassedCall,
  intended: { readonly name: string; readonly orName?: string },
  pass: (isAnnounced: boolean) => Promise<{ readonly result: Reply; readonly happened: Happened }>,
): Promise<Reply> {
  const versionId = typeof input["VersionId"] === "string" ? input["VersionId"] : undefined;
  const one = { ...intended, key: String(input["Key"]), versionId };
  return await passedOn.writes.pass(bucket, [one], eventRequest(context), async (isAnnounced) => {
    const { result, happened } = await pass(isAnnounced);
    return { result, happened: [happened] };
  });
}

/** The document of an answer that may be an error although its status says success: copies and completed uploads begin to answer before they are done. */
export async function documentOf({ headers, body }: ServerAnswer): Promise<string> {
  let text: string;
  try {
    text = await textOf(body, MAX_ANSWER_BYTES);
  } catch (error) {
    throw new Unanswered(true, error);
  }
  if (/^\s*(?:<\?[^>]*>\s*)?<Error[\s>]/.test(text)) throw serverError(500, text, headers);
  return text.trimStart();
}

/** What the event of an object says whose size only the server knows. */
export async function stateAfter(
  { passedOn, bucket, input }: PassedCall,
  name: string,
  versionId: string | undefined,
  clock: Parameters<typeof stateOf>[2],
): Promise<Happened> {
  try {
    const key = String(input["Key"]);
    const state = await stateOf(passedOn.server, { bucket: bucket.name, key, versionId }, clock);
    // It may have been deleted again since; the write happened all the same.
    return { name, versionId, ...(state && { size: state.size, etag: state.etag }) };
  } catch (error) {
    throw new Unanswered(true, error); // the write was done: the reconciler asks again
  }
}

export function written(answer: ServerAnswer, name: string, size: number): NonNullable<Happened> {
  return {
    name,
    size,
    etag: unquoted(answer.headers.etag),
    versionId: headerText(answer.headers["x-amz-version-id"]),
  };
}

/** Empties an answer and passes its headers on. */
export function emptyReply({ status, headers, body }: ServerAnswer): Reply {
  body.resume();
  return headersReply(status, answeredHeaders(headers));
}

/** DeleteBucket: it has to be empty there, too. */
export async function deleteBucket({ bucket, passedOn }: PassedCall, forget: () => Promise<unknown>): Promise<Reply> {
  try {
    (await passedOn.server.send({ method: "DELETE", bucket: bucket.name })).body.resume();
  } catch (error) {
    const isGone = error instanceof S3Error && error.code === noSuchBucket(bucket.name).code;
    if (!isGone) throw error;
  }
  await forget();
  return headersReply(204);
}
