import type { OutgoingMessage } from "@hearth/model";
import { type Bucket, type EventRequest, type ObjectStorage, S3Error, unquoted } from "@hearth/objects";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { OutsideKind } from "./outsideKind.ts";
import { recordFolder } from "./recordFolder.ts";

const MAX_KEY_BYTES = 1_024;
/** Errors with status 400 that another attempt need not get. */
const PASSING: ReadonlySet<string> = new Set(["RequestTimeout", "IncompleteBody"]);

export interface BucketTargetDeps {
  readonly storage: Pick<ObjectStorage, "intake" | "directory" | "limit" | "objects" | "passedOn">;
}

/**
 * A message to a bucket becomes an object of it. It is sent from the outbox, because bytes have to be on disk before a transaction may name them. Its key is
 * the same in every attempt, so a message that is sent twice leaves one object.
 */
export function bucketTarget({ storage }: BucketTargetDeps): OutsideKind {
  return {
    name: "bucket",
    targets: ["s3"],
    async attempt(message) {
      const { id, TargetArn, sender, body, traceId } = message;
      const key = keyOf(message);
      if (key === undefined) {
        throw new DeliveryRefused("buckets get the records of functions, and messages with a key", "INVALID_PARAMETER");
      }
      const keyBytes = Buffer.byteLength(key);
      if (keyBytes === 0 || keyBytes > MAX_KEY_BYTES) {
        throw new DeliveryRefused(
          `a key of ${keyBytes} bytes is none: it has 1 to ${MAX_KEY_BYTES}`,
          "INVALID_PARAMETER",
        );
      }
      const bucket = await storage.directory.find(TargetArn.split(":").slice(5).join(":"));
      if (!bucket) throw new DeliveryRefused(`there is no bucket ${TargetArn}`, "NO_RESOURCE");
      const isFunction = sender.kind === "function";
      const request = {
        requestId: id,
        principalId: `AWS:${isFunction ? sender.FunctionName : sender.principal}`,
        requester: sender.accountId,
        sourceIp: isFunction ? "lambda.amazonaws.com" : sender.principal,
        ...(traceId !== undefined && { traceId }),
      };
      const headers: Readonly<Record<string, string>> = isFunction ? { "content-type": "application/json" } : {};
      if (bucket.passedOn) return await putThere(storage, bucket, { key, headers, body }, request);
      await storage.limit.admit(bucket.accountId, body.byteLength);
      const { files, size, md5 } = await storage.intake.receive(onePiece(body), {
        maxBytes: body.byteLength,
        length: body.byteLength,
      });
      await storage.objects.put(bucket, {
        key,
        files,
        size,
        etag: md5,
        facts: { headers },
        tags: {},
        event: "ObjectCreated:Put",
        request,
      });
    },
  };
}

/** To the server of HEARTH_S3_ENDPOINT. Rejects when it does not take the object: with DeliveryRefused for a key that it never takes, else it is sent again later. */
async function putThere(
  { passedOn }: BucketTargetDeps["storage"],
  bucket: Bucket,
  {
    key,
    headers,
    body,
  }: { readonly key: string; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
  request: EventRequest,
): Promise<void> {
  if (!passedOn) throw new Error("HEARTH_S3_ENDPOINT is not set");
  const name = "ObjectCreated:Put";
  const sent = passedOn.writes.pass(bucket, [{ name, key }], request, async () => {
    const answer = await passedOn.server.send({ method: "PUT", bucket: bucket.name, key, headers, body });
    answer.body.resume();
    const etag = unquoted(answer.headers.etag);
    return { result: undefined, happened: [{ name, size: body.byteLength, etag }] };
  });
  await sent.catch((error: unknown) => {
    throw refusalIn(error) ?? error;
  });
}

/** For an error that every further attempt would get too. */
function refusalIn(error: unknown): DeliveryRefused | undefined {
  if (!(error instanceof S3Error)) return undefined;
  if (error.code === "NoSuchBucket") return new DeliveryRefused(error.message, "NO_RESOURCE");
  const isFinal = error.httpStatus === 400 && !PASSING.has(error.code);
  return isFinal ? new DeliveryRefused(`${error.code}: ${error.message}`, "INVALID_PARAMETER") : undefined;
}

async function* onePiece(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}

/** `parameters.key`, or that of a function's record. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
function keyOf(message: OutgoingMessage): string | undefined {
  const given = message.parameters?.["key"];
  if (typeof given === "string") return given;
  if (message.sender.kind !== "function") return undefined;
  const time = timeOf(message.body);
  const day = time.slice(0, 10).replaceAll("-", "/");
  const second = time.slice(0, 19).replaceAll(":", ".");
  return `${recordFolder(message)}/${day}/${second}-${message.id}`;
}

/** The time in a record. */
function timeOf(body: Uint8Array): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8");
  const { timestamp } = JSON.parse(text) as { readonly timestamp: string };
  return new Date(timestamp).toISOString();
}
