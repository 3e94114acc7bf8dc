import { InvalidParameterValueException, MAX_ZIP_BYTES } from "@hearth/model";
import { type CodeBucket, ObjectRefused } from "@hearth/code";

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
}

export function hasSource(source: CodeSource): boolean {
  return hasArchive(source) || source.ImageUri !== undefined;
}

export function hasArchive({ ZipFile, S3Bucket, S3Key, S3ObjectVersion }: CodeSource): boolean {
  return [ZipFile, S3Bucket, S3Key, S3ObjectVersion].some((member) => member !== undefined);
}

/** The bytes of a deployment package, inline or from S3. Rejects with InvalidParameterValueException. */
export async function codeBytes(
  { ZipFile, S3Bucket, S3Key, S3ObjectVersion }: CodeSource,
  signal: AbortSignal,
  { codeBucket }: CodeSourceDeps,
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
  if (!codeBucket) {
    throw new InvalidParameterValueException(
      "Code cannot be taken from S3: this Hearth has no S3 endpoint. Set HEARTH_S3_ENDPOINT.",
    );
  }
  try {
    return await codeBucket.get({ Bucket: S3Bucket, Key: S3Key, VersionId: S3ObjectVersion }, MAX_ZIP_BYTES, signal);
  } catch (error) {
    if (!(error instanceof ObjectRefused)) throw error;
    throw new InvalidParameterValueException(
      `Error occurred while GetObject. S3 Error Code: ${error.code}. S3 Error Message: ${error.message}`,
    );
  }
}
