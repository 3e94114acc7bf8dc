import { AwsError } from "@hearth/model";

/** An error of S3. `more` are further elements of its XML. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export class S3Error extends AwsError {
  readonly code: string;
  readonly httpStatus: number;
  override readonly members: Readonly<Record<string, string>>;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    httpStatus: number,
    message: string,
    more: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.members = more;
    this.headers = headers;
  }
}

export const noSuchBucket = (BucketName: string): S3Error =>
  new S3Error("NoSuchBucket", 404, "The specified bucket does not exist", { BucketName });
export const noSuchKey = (Key: string, headers: Readonly<Record<string, string>> = {}): S3Error =>
  new S3Error("NoSuchKey", 404, "The specified key does not exist.", { Key }, headers);
export const noSuchVersion = (Key: string, VersionId: string): S3Error =>
  new S3Error("NoSuchVersion", 404, "The specified version does not exist.", { Key, VersionId });
export const noSuchUpload = (UploadId: string): S3Error =>
  new S3Error(
    "NoSuchUpload",
    404,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { UploadId },
  );
export const preconditionFailed = (Condition: string): S3Error =>
  new S3Error("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold", {
    Condition,
  });
export const invalidArgument = (message: string, ArgumentName = "", ArgumentValue = ""): S3Error =>
  new S3Error("InvalidArgument", 400, message, { ArgumentName, ArgumentValue });
export const invalidRequest = (message: string): S3Error => new S3Error("InvalidRequest", 400, message);
export const badDigest = (message: string): S3Error => new S3Error("BadDigest", 400, message);
export const malformedXml = (): S3Error =>
  new S3Error(
    "MalformedXML",
    400,
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
export const entityTooLarge = (): S3Error =>
  new S3Error("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size");
export const slowDown = (message: string): S3Error => new S3Error("SlowDown", 503, message);
