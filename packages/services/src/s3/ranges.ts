import { invalidArgument, S3Error } from "@hearth/objects";

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

/** The part that `x-amz-copy-source-range` asks for; without it the whole. Throws InvalidArgument for one that is not within the source. */
export function copiedRange(asked: string | undefined, size: number): ByteRange {
  if (asked === undefined) return { start: 0, end: size - 1 };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(asked.trim()) ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    throw invalidArgument(
      "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
      "x-amz-copy-source-range",
      asked,
    );
  }
  if (Number(last) < size) return { start: Number(first), end: Number(last) };
  throw invalidArgument(
    `Range specified is not valid for source object of size: ${size}`,
    "x-amz-copy-source-range",
    asked,
  );
}
