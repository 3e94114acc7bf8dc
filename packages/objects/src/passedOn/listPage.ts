import { readXml, type XmlElement } from "@hearth/wire";
import type { ObjectServer } from "./objectServer.ts";
import { unquoted } from "./objectState.ts";
import type { OutsideState } from "./outsideWrites.ts";
import { textOf } from "./serverErrors.ts";

const MAX_PAGE_BYTES = 16 * 1024 ** 2;

export interface Page {
  readonly objects: readonly OutsideState[];
  readonly next: string | undefined;
}

/** One page of a bucket's objects, by key. */
export async function listPage(
  server: Pick<ObjectServer, "send">,
  bucket: string,
  token: string | undefined,
): Promise<Page> {
  const query = { "list-type": "2", "encoding-type": "url", "max-keys": "1000", "continuation-token": token };
  const { body } = await server.send({ method: "GET", bucket, query });
  const root = readXml(await textOf(body, MAX_PAGE_BYTES));
  const isEncoded = childOf(root, "EncodingType") === "url";
  return {
    objects: root.children
      .filter(({ name }) => name === "Contents")
      .map((one) => ({
        key: isEncoded ? decoded(childOf(one, "Key") ?? "") : (childOf(one, "Key") ?? ""),
        etag: unquoted(childOf(one, "ETag")),
        modifiedAt: Date.parse(childOf(one, "LastModified") ?? "") || 0,
        size: Number(childOf(one, "Size") ?? 0),
      })),
    next: childOf(root, "IsTruncated") === "true" ? childOf(root, "NextContinuationToken") : undefined,
  };
}

function childOf(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", "%20"));
  } catch {
    return text;
  }
}
