import type { StreamedResult } from "@hearth/invoke";
import { headV2, MalformedAnswer, type ReplyHead } from "../functionReply.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import { functionFailed } from "./urlReplies.ts";

/** The content type with which a runtime says that its stream begins with status, headers and cookies as JSON, and eight NUL bytes behind it. */
const WITH_PRELUDE = "application/vnd.awslambda.http-integration-response";
const DELIMITER = Buffer.alloc(8);
/** A prelude has headers and cookies, so it need not be larger than what clients accept of those. */
const MAX_PRELUDE_BYTES = 64 * 1024;

/**
 * The reply for a streamed answer, as soon as its head is known: the body is passed on as the function writes it. A function that fails before that
 * is answered with what `failed` makes, 502; one that fails later breaks the connection off. Throws MalformedAnswer.
 * https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html
 */
export async function streamedReply(
  { contentType, body, ended }: StreamedResult,
  failed: () => HttpReply = functionFailed,
): Promise<HttpReply> {
  const reader = body.getReader();
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type === WITH_PRELUDE) return await withPrelude(reader, ended, failed);
  const first = await reader.read();
  if (first.done && (await ended).outcome.kind !== "success") return failed();
  const headers = { "content-type": contentType ?? "application/octet-stream" };
  return { status: 200, headers, body: streamOf(first.value, reader, ended) };
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Ended = StreamedResult["ended"];

async function withPrelude(reader: Reader, ended: Ended, failed: () => HttpReply): Promise<HttpReply> {
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const end = read.indexOf(DELIMITER);
    if (end >= 0) {
      const head = headOf(read.subarray(0, end));
      const rest = read.subarray(end + DELIMITER.length);
      return { ...head, body: streamOf(rest.length > 0 ? rest : undefined, reader, ended) };
    }
    if (read.length > MAX_PRELUDE_BYTES) {
      await reader.cancel();
      throw new MalformedAnswer("the prelude does not end");
    }
    const { done, value } = await reader.read();
    if (!done) read = Buffer.concat([read, value]);
    else if ((await ended).outcome.kind === "success") throw new MalformedAnswer("the answer ends within its prelude");
    else return failed();
  }
}

function headOf(json: Buffer): ReplyHead {
  let value: unknown;
  try {
    value = JSON.parse(json.toString());
  } catch {
    throw new MalformedAnswer("the prelude is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedAnswer("the prelude is no object");
  }
  return headV2(value as Readonly<Record<string, unknown>>);
}

/** The rest of the answer. It fails when the function does, so that the client does not take half an answer for a whole one. */
function streamOf(first: Uint8Array | undefined, reader: Reader, ended: Ended): ReadableStream<Uint8Array> {
  let next = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (next) {
          controller.enqueue(next);
          next = undefined;
          return;
        }
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        if ((await ended).outcome.kind === "success") controller.close();
        else controller.error(new Error("the function failed while it was answering"));
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
