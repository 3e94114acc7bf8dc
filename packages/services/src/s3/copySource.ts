export interface CopySource {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

/** `[/]bucket/key[?versionId=…]`, percent-encoded; `undefined` for a text that is none. */
export function parseCopySource(text: string): CopySource | undefined {
  const [path = "", query = ""] = splitOnce(text, "?versionId=");
  let decoded: string;
  try {
    decoded = decodeURIComponent(path.replaceAll("+", "%20"));
  } catch {
    decoded = path;
  }
  const [, Bucket, Key] = /^\/?([^/]+)\/([\s\S]+)$/.exec(decoded) ?? [];
  if (Bucket === undefined || Key === undefined) return undefined;
  return { Bucket, Key, ...(query !== "" && { VersionId: query }) };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.lastIndexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
