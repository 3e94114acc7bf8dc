import {
  type Checksum,
  CHECKSUM_ALGORITHMS,
  isDigest,
  noSuchVersion,
  type ObjectFacts,
  type PassedOn,
  S3Error,
  type ServerAnswer,
  textOf,
  Unanswered,
  unquoted,
} from "@hearth/objects";
import { readXml } from "@hearth/wire";
import { CONTENT_HEADERS } from "../objectHeaders.ts";
import { headerText } from "./passedCall.ts";

export interface ServerObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

/** An object of the named server, as it is copied. */
export interface ServerSource {
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly versionId: string | undefined;
  /** What a copy takes over unless the request replaces it. */
  readonly facts: ObjectFacts;
  /** Of the whole object, where the server keeps one. */
  readonly checksum: Checksum | undefined;
}

const MAX_TAGS_BYTES = 65_536;

/** Rejects with the server's error when there is no such object. */
export async function describeSource(
  server: PassedOn["server"],
  { bucket, key, versionId }: ServerObject,
): Promise<ServerSource> {
  const headers = { "x-amz-checksum-mode": "ENABLED" };
  const request = { method: "HEAD", bucket, key, query: { versionId }, headers } as const;
  const answer = await server.send(request).catch((error: unknown) => {
    // An answer to HEAD has no code.
    const isMissing = error instanceof S3Error && error.httpStatus === 404;
    throw isMissing && versionId !== undefined ? noSuchVersion(key, versionId) : error;
  });
  answer.body.resume();
  return {
    size: Number(answer.headers["content-length"] ?? 0),
    etag: unquoted(answer.headers.etag),
    modifiedAt: Date.parse(answer.headers["last-modified"] ?? "") || 0,
    versionId: headerText(answer.headers["x-amz-version-id"]),
    facts: factsIn(answer.headers),
    checksum: checksumIn(answer.headers),
  };
}

function factsIn(given: ServerAnswer["headers"]): ObjectFacts {
  const headers: Record<string, string> = {};
  for (const name of Object.values(CONTENT_HEADERS)) {
    const value = headerText(given[name]);
    if (value !== undefined) headers[name] = value;
  }
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const [, own] = /^x-amz-meta-(.+)$/.exec(name) ?? [];
    if (own !== undefined && typeof value === "string") metadata[own] = value;
  }
  return { headers, metadata };
}

function checksumIn(headers: ServerAnswer["headers"]): Checksum | undefined {
  if ((headerText(headers["x-amz-checksum-type"]) ?? "FULL_OBJECT") !== "FULL_OBJECT") return undefined;
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = headerText(headers[`x-amz-checksum-${algorithm.toLowerCase()}`]);
    if (value !== undefined && isDigest(algorithm, value)) return { algorithm, value, type: "FULL_OBJECT" };
  }
  return undefined;
}

/** The tags of an object. A server without tags has none. */
export async function sourceTags(
  server: PassedOn["server"],
  { bucket, key, versionId }: ServerObject,
): Promise<Readonly<Record<string, string>>> {
  try {
    const { body } = await server.send({ method: "GET", bucket, key, query: { tagging: "", versionId } });
    const root = readXml(await textOf(body, MAX_TAGS_BYTES));
    const tags = root.children.filter(({ name }) => name === "TagSet").flatMap(({ children }) => children);
    return Object.fromEntries(
      tags.map(({ children }) => {
        const member = (wanted: string): string => children.find(({ name }) => name === wanted)?.text ?? "";
        return [member("Key"), member("Value")];
      }),
    );
  } catch (error) {
    if (error instanceof S3Error && WITHOUT_TAGS.has(error.code)) return {};
    throw error;
  }
}

const WITHOUT_TAGS = new Set(["NoSuchTagSet", "NotImplemented"]);

/**
 * The bytes from `start` to `end`, both included, read as fast as they are used. Rejects with OperationAborted when the object is no longer the one that was
 * described, and with Unanswered when the server stops in the middle.
 */
export async function* readSource(
  server: PassedOn["server"],
  { bucket, key }: ServerObject,
  { size, etag, versionId }: ServerSource,
  { start, end }: { readonly start: number; readonly end: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (end < start) return;
  const isWhole = start === 0 && end === size - 1;
  const headers = isWhole ? {} : { range: `bytes=${start}-${end}` };
  const answer = await server.send({ method: "GET", bucket, key, query: { versionId }, headers, signal });
  const length = end - start + 1;
  if (unquoted(answer.headers.etag) !== etag || Number(answer.headers["content-length"]) !== length) {
    answer.body.destroy();
    throw new S3Error("OperationAborted", 409, "The copy source was changed while it was copied.");
  }
  let read = 0;
  try {
    for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
      read += piece.length;
      yield piece;
    }
  } catch (error) {
    throw new Unanswered(false, error);
  }
  if (read !== length) throw new Unanswered(false, new Error(`${read} of ${length} bytes arrived`));
}
