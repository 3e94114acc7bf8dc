import { readXml } from "@hearth/wire";
import { S3Error } from "../errors.ts";
import type { ObjectServer } from "./objectServer.ts";
import { textOf } from "./serverErrors.ts";

const MAX_ANSWER_BYTES = 65_536;

export interface Marker {
  readonly versionId: string;
}

/** The delete marker that hides a key, if one does. Not all servers show it in their answer to HEAD. A server without versions has none. */
export async function markerOf(
  server: Pick<ObjectServer, "send">,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  signal?: AbortSignal,
): Promise<Marker | undefined> {
  // The versions of the key itself come first, the newest before the others.
  const query = { versions: "", prefix: key, "max-keys": "1", "encoding-type": "url" };
  let text: string;
  try {
    text = await textOf((await server.send({ method: "GET", bucket, query, signal })).body, MAX_ANSWER_BYTES);
  } catch (error) {
    if (error instanceof S3Error && error.httpStatus === 501) return undefined;
    throw error;
  }
  const root = readXml(text);
  const member = (of: typeof root, wanted: string) => of.children.find(({ name }) => name === wanted)?.text;
  const marker = root.children.find(({ name }) => name === "DeleteMarker");
  if (!marker) return undefined;
  const shown = member(marker, "Key") ?? "";
  const isEncoded = member(root, "EncodingType") === "url";
  const named = isEncoded ? decodeURIComponent(shown.replaceAll("+", "%20")) : shown;
  const versionId = member(marker, "VersionId") ?? "";
  return named === key && versionId !== "" ? { versionId } : undefined;
}
