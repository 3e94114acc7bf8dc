import { S3Error } from "@hearth/objects";

export interface ByteRange {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

/** The part that a `Range` header asks for; `undefined` for one that S3 ignores. Throws InvalidRange when there is no such part. */
export function rangeOf(header: string | undefined, size: number): ByteRange | undefined {
  const match = header === undefined ? null : /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  if (!match) return undefined;
  const [, from = "", to = ""] = match;
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < Number(from)) return undefined;
  if (start < size && !(from === "" && Number(to) === 0)) return { start, end };
  throw new S3Error(
    "InvalidRange",
    416,
    "The requested range is not satisfiable",
    { RangeRequested: header ?? "", ActualObjectSize: String(size) },
    { "content-range": `bytes */${size}` },
  );
}
