import type { Clock } from "@hearth/kit";
import { S3Error } from "../errors.ts";
import type { ObjectServer } from "./objectServer.ts";

/** An object as the server has it now. */
export interface ObjectState {
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly versionId: string | undefined;
  /** By this machine's clock, to the second, in milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** As the server says it. */
  readonly lastModified: number;
}

export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
}

const PATIENCE_MS = 30_000;

/** Asks the server about an object. Resolves with `undefined` when there is none, or when a delete marker hides it. */
export async function stateOf(
  server: Pick<ObjectServer, "send">,
  { bucket, key, versionId }: ObjectPlace,
  clock: Clock,
): Promise<ObjectState | undefined> {
  const late = new AbortController();
  using _timer = clock.after(PATIENCE_MS, () => late.abort());
  try {
    const { signal } = late;
    const { headers, body } = await server.send({ method: "HEAD", bucket, key, query: { versionId }, signal });
    body.resume();
    const now = clock.now();
    const lastModified = Date.parse(headers["last-modified"] ?? "") || now;
    // The server's clock may differ from this machine's.
    const ahead = (Date.parse(headers.date ?? "") || now) - now;
    return {
      etag: unquoted(headers.etag),
      size: Number(headers["content-length"] ?? 0),
      versionId: textOf(headers["x-amz-version-id"]),
      modifiedAt: lastModified - (Math.abs(ahead) > 1_000 ? ahead : 0),
      lastModified,
    };
  } catch (error) {
    // A marker that is named by its version is answered 405.
    if (error instanceof S3Error && (error.httpStatus === 404 || error.httpStatus === 405)) return undefined;
    throw error;
  }
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? "").replace(/^W\//, "").replaceAll('"', "");
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && header !== "" ? header : undefined;
}
