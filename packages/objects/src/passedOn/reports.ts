/** What a server says about an object. It may lie, and is only a reason to look at the object. */
export interface Report {
  readonly bucket: string;
  readonly key: string;
  /** `ObjectCreated:Put` and others. */
  readonly event: string;
}

const MAX_REPORTS = 1_000;
const MAX_KEY_BYTES = 1_024;
const EVENT = /^(?:s3:)?(ObjectCreated:(?:Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:DeleteMarkerCreated)$/;
const CREATION = /^(?:s3:)?ObjectCreated:/;
const REMOVAL = /^(?:s3:)?(?:ObjectRemoved|LifecycleExpiration):/;
/** `reason` of EventBridge's event. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ["POST Object", "ObjectCreated:Post"],
  ["CopyObject", "ObjectCreated:Copy"],
  ["CompleteMultipartUpload", "ObjectCreated:CompleteMultipartUpload"],
]);

/**
 * The objects that the body of a webhook is about: of Amazon S3 (also in a message of SNS, and as an event of EventBridge), MinIO and RustFS, versitygw, SeaweedFS.
 * What is not understood is left out.
 */
export function reportsIn(body: unknown): readonly Report[] {
  const found = readBody(body, 0).slice(0, MAX_REPORTS);
  return found.filter(({ bucket, key }) => bucket !== "" && key !== "" && Buffer.byteLength(key) <= MAX_KEY_BYTES);
}

function readBody(body: unknown, depth: number): readonly Report[] {
  if (Array.isArray(body)) return body.slice(0, MAX_REPORTS).flatMap((one) => readRecord(one));
  if (!isObject(body)) return [];
  const { Records, Message, detail, event_type: type } = body;
  if (Array.isArray(Records)) return Records.slice(0, MAX_REPORTS).flatMap((one) => readRecord(one));
  if (typeof type === "string") return readFilerEvent(type, body);
  if (isObject(detail)) return readBusEvent(body, detail);
  if (typeof Message === "string" && depth === 0) {
    try {
      return readBody(JSON.parse(Message), 1);
    } catch {
      return [];
    }
  }
  return readRecord(body);
}

/** A record as S3 writes it, with the differences of the servers that follow it. */
function readRecord(record: unknown): readonly Report[] {
  if (!isObject(record) || !isObject(record["s3"])) return [];
  const { bucket, object } = record["s3"] as { readonly bucket?: unknown; readonly object?: unknown };
  if (!isObject(bucket) || !isObject(object)) return [];
  const { name, arn } = bucket;
  const { key } = object;
  if (typeof name !== "string" || typeof key !== "string") return [];
  const event = eventName(record["eventName"]);
  if (event === undefined) return [];
  // versitygw, whose ARN of the bucket is a path, writes the key as it is; the others escape it as a form does.
  const isPlain = typeof arn === "string" && arn.includes(":::/");
  return [{ bucket: name, key: isPlain ? key : unescaped(key), event }];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html: keys are as they are. */
function readBusEvent(event: Readonly<Record<string, unknown>>, detail: Readonly<Record<string, unknown>>): Report[] {
  const { bucket, object } = detail;
  if (!isObject(bucket) || !isObject(object)) return [];
  const { name } = bucket;
  const { key } = object;
  if (typeof name !== "string" || typeof key !== "string") return [];
  const { "detail-type": type } = event;
  if (type === "Object Created") {
    const how = REASONS.get(String(detail["reason"])) ?? "ObjectCreated:Put";
    return [{ bucket: name, key, event: how }];
  }
  if (type !== "Object Deleted") return [];
  const isMarker = detail["deletion-type"] === "Delete Marker Created";
  return [{ bucket: name, key, event: isMarker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectRemoved:Delete" }];
}

const FILER_KEY = /^\/buckets\/([^/]+)\/([\s\S]+)$/;

/** Of SeaweedFS's filer, whose files of buckets are below `/buckets`. A rename is about two keys. */
function readFilerEvent(type: string, body: Readonly<Record<string, unknown>>): readonly Report[] {
  const { key, message } = body;
  const paths: unknown[] = [key];
  if (isObject(message)) {
    const { new_parent_path: parent, new_entry: entry } = message;
    const name = isObject(entry) ? entry["name"] : undefined;
    if (typeof parent === "string" && typeof name === "string") paths.push(`${parent}/${name}`);
  }
  const event = type === "delete" ? "ObjectRemoved:Delete" : "ObjectCreated:Put";
  return [...new Set(paths)].flatMap((path) => {
    const [, bucket, name] = (typeof path === "string" && FILER_KEY.exec(path)) || [];
    return bucket === undefined || name === undefined ? [] : [{ bucket, key: name, event }];
  });
}

/** `undefined` for what changes no object, such as reads, tags and restores: looking at an object that was not seen lately would announce it as created. */
function eventName(name: unknown): string | undefined {
  if (typeof name !== "string") return "ObjectCreated:Put";
  const [, known] = EVENT.exec(name) ?? [];
  if (known !== undefined) return known;
  if (CREATION.test(name)) return "ObjectCreated:Put";
  return REMOVAL.test(name) ? "ObjectRemoved:Delete" : undefined;
}

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll("+", "%20"));
  } catch {
    return key;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
