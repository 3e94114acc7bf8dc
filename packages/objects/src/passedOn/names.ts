import { invalidArgument, S3Error } from "../errors.ts";

interface Named {
  readonly key?: string | undefined;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** A segment that some servers resolve as a path, in one of the ways in which they may read it. */
const LEAVES = /(^|[/\\])(?:\.|%2e){1,2}(?=$|[/\\])/i;
const ID = /^[A-Za-z0-9._~=+/-]{1,1024}$/;

/**
 * Throws for names that could mean something outside their bucket to a server that resolves them as a path: the server's key is allowed to do everything there, so
 * nothing else would keep accounts apart.
 */
export function checkNames({ key, query = {} }: Named): void {
  if (key !== undefined) checkServerKey(key);
  for (const name of ["versionId", "uploadId"] as const) {
    const value = query[name];
    if (value !== undefined && (!ID.test(value) || LEAVES.test(value))) {
      throw name === "versionId"
        ? invalidArgument("Invalid version id specified", "versionId", value)
        : new S3Error("NoSuchUpload", 404, "The specified upload does not exist.", { UploadId: value });
    }
  }
}

export function checkServerKey(key: string): void {
  if (!LEAVES.test(key) && !key.includes("\0") && key !== "") return;
  throw new S3Error(
    "InvalidURI",
    400,
    "Keys with a path segment `.` or `..` are not passed on to the object store of this Hearth.",
    { Key: key },
  );
}
