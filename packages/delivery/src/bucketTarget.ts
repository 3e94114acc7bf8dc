import type { OutgoingMessage } from "@hearth/model";
import { type ObjectStorage, receive } from "@hearth/objects";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { OutsideKind } from "./outsideKind.ts";
import { recordFolder } from "./recordFolder.ts";

export interface BucketTargetDeps {
  readonly storage: Pick<ObjectStorage, "bytes" | "directory" | "limit" | "objects">;
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
      const bucket = await storage.directory.find(TargetArn.split(":").slice(5).join(":"));
      if (!bucket) throw new DeliveryRefused(`there is no bucket ${TargetArn}`, "NO_RESOURCE");
      await storage.limit.admit(bucket.accountId, body.byteLength);
      const { files, size, md5 } = await receive(storage.bytes, onePiece(body), { maxBytes: body.byteLength });
      await storage.objects.put(bucket, {
        key,
        files,
        size,
        etag: md5,
        facts: { headers: sender.kind === "function" ? { "content-type": "application/json" } : {} },
        tags: {},
        event: "ObjectCreated:Put",
        request: {
          requestId: id,
          principalId: `AWS:${sender.kind === "function" ? sender.FunctionName : sender.principal}`,
          requester: sender.accountId,
          sourceIp: sender.kind === "function" ? "lambda.amazonaws.com" : sender.principal,
          ...(traceId !== undefined && { traceId }),
        },
      });
    },
  };
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
