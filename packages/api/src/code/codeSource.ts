import { type BucketGrants, type CodeBucket, ObjectRefused } from "@hearth/code";
import { AccessDeniedException, InvalidParameterValueException, MAX_ZIP_BYTES } from "@hearth/model";
import type { RequestContext } from "@hearth/wire";

/** The members of a request that give a deployment package. */
export interface CodeSource {
  readonly ZipFile?: Uint8Array | undefined;
  readonly S3Bucket?: string | undefined;
  readonly S3Key?: string | undefined;
  readonly S3ObjectVersion?: string | undefined;
  readonly ImageUri?: string | undefined;
}

export interface CodeSourceDeps {
  /** Absent without an S3 endpoint in the configuration. */
  readonly codeBucket?: CodeBucket | undefined;
  readonly bucketGrants: Pick<BucketGrants, "allow">;
  readonly hostedCode: HostedCode;
}

/** Archives in buckets of this Hearth. */
export interface HostedCode {
  /**
   * As `CodeBucket.get`, for the caller, whose policies and the bucket's decide. Resolves with `undefined` when this Hearth has no such bucket. Rejects with
   * `ObjectRefused`.
   */
  get(
    name: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string | undefined },
    context: Pick<RequestContext, "caller" | "region">,
    maxBytes: number,
  ): Promise<Uint8Array | undefined>;
}

export function hasSource(source: CodeSource): boolean {
  return hasArchive(source) || source.ImageUri !== undefined;
}

export function hasArchive({ ZipFile, S3Bucket, S3Key, S3ObjectVersion }: CodeSource): boolean {
  return [ZipFile, S3Bucket, S3Key, S3ObjectVersion].some((member) => member !== undefined);
}

/**
 * The bytes of a deployment package, inline or from S3. Rejects with InvalidParameterValueException, and with AccessDeniedException when the caller's
 * account was not given the bucket. Whether the caller's policies allow it to read the object was decided before (questions.ts).
 */
export async function codeBytes(
  { ZipFile, S3Bucket, S3Key, S3ObjectVersion }: CodeSource,
  context: Pick<RequestContext, "caller" | "region" | "signal">,
  deps: CodeSourceDeps,
): Promise<Uint8Array> {
  if (ZipFile) {
    if (S3Bucket === undefined && S3Key === undefined && S3ObjectVersion === undefined) return ZipFile;
    throw new InvalidParameterValueException(
      "Please do not provide other FunctionCode parameters when providing a ZipFile.",
    );
  }
  if (S3Bucket === undefined || S3Key === undefined) {
    throw new InvalidParameterValueException("S3 bucket and key are both required to specify code in S3.");
  }
  const name = { Bucket: S3Bucket, Key: S3Key, VersionId: S3ObjectVersion };
  try {
    return (await deps.hostedCode.get(name, context, MAX_ZIP_BYTES)) ?? (await fromOutside(name, context, deps));
  } catch (error) {
    if (!(error instanceof ObjectRefused)) throw error;
    throw new InvalidParameterValueException(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${S3_MESSAGES.get(error.code) ?? error.message}`,
    );
  }
}

/** From the server of HEARTH_S3_ENDPOINT. */
async function fromOutside(
  name: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string | undefined },
  { caller, signal }: Pick<RequestContext, "caller" | "signal">,
  { codeBucket, bucketGrants }: CodeSourceDeps,
): Promise<Uint8Array> {
  const { Bucket: S3Bucket, Key: S3Key } = name;
  if (!codeBucket) throw new ObjectRefused("NoSuchBucket", "The specified bucket does not exist");
  if (!bucketGrants.allow(caller.accountId, { Bucket: S3Bucket, Key: S3Key })) {
    throw new AccessDeniedException(
      `Your access has been denied by S3, please make sure your request credentials have permission to GetObject for ${S3Bucket}/${S3Key}. ` +
        "S3 Error Code: AccessDenied. S3 Error Message: Access Denied. The owner of this Hearth gives buckets to accounts by HEARTH_S3_BUCKETS.",
    );
  }
  return await codeBucket.get(name, MAX_ZIP_BYTES, signal);
}

/** What S3 itself says, where services that are compatible with it say it differently. */
const S3_MESSAGES: ReadonlyMap<string, string> = new Map([
  ["NoSuchBucket", "The specified bucket does not exist"],
  ["NoSuchKey", "The specified key does not exist."],
]);
