import { S3Error } from "@hearth/objects";

/** Writes take `If-None-Match: *` alone; S3 itself answers a list of ETags with 501. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
export function checkIfNoneMatch(value: string | undefined): void {
  if (value === undefined || value.trim() === "*") return;
  throw new S3Error("NotImplemented", 501, "A header you provided implies functionality that is not implemented", {
    Header: "If-None-Match",
  });
}
