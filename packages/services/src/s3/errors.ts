import type { AwsError } from "@hearth/model";
import { S3Error } from "@hearth/objects";
import { IncompleteBody } from "@hearth/wire";

interface Own {
  readonly code: string;
  readonly httpStatus: number;
  /** Absent: the error's own. */
  readonly message?: string;
}

/** What S3 answers in the place of errors that all services share. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const OWN: Readonly<Record<string, Own>> = {
  AccessDeniedException: { code: "AccessDenied", httpStatus: 403 },
  DiskFullException: { code: "SlowDown", httpStatus: 503 },
  ExpiredTokenException: { code: "ExpiredToken", httpStatus: 400 },
  MissingAuthenticationTokenException: { code: "AccessDenied", httpStatus: 403, message: "Access Denied" },
  NotImplementedException: { code: "NotImplemented", httpStatus: 501 },
  RequestEntityTooLargeException: {
    code: "MaxMessageLengthExceeded",
    httpStatus: 400,
    message: "Your request was too big.",
  },
  RequestTooLargeException: {
    code: "EntityTooLarge",
    httpStatus: 400,
    message: "Your proposed upload exceeds the maximum allowed size",
  },
  SerializationException: { code: "MalformedXML", httpStatus: 400 },
  ServiceException: {
    code: "InternalError",
    httpStatus: 500,
    message: "We encountered an internal error. Please try again.",
  },
  ThrottlingException: { code: "SlowDown", httpStatus: 503, message: "Please reduce your request rate." },
  TooManyRequestsException: { code: "SlowDown", httpStatus: 503, message: "Please reduce your request rate." },
  UnknownOperationException: {
    code: "MethodNotAllowed",
    httpStatus: 405,
    message: "The specified method is not allowed against this resource.",
  },
  UnrecognizedClientException: {
    code: "InvalidAccessKeyId",
    httpStatus: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
  },
  ValidationException: { code: "InvalidArgument", httpStatus: 400 },
};

export function translateError(error: AwsError): AwsError {
  if (error instanceof S3Error) return error;
  if (error instanceof IncompleteBody) return new S3Error("IncompleteBody", 400, error.message);
  if (error.code === "InvalidSignatureException") return signatureError(error.message);
  if (error.code === "IncompleteSignatureException") return incompleteSignature(error.message);
  const own = OWN[error.code];
  return own ? new S3Error(own.code, own.httpStatus, own.message ?? (error.message || "Access Denied")) : error;
}

function incompleteSignature(message: string): S3Error {
  if (message.endsWith("x-amz-decoded-content-length")) {
    return new S3Error("MissingContentLength", 411, "You must provide the Content-Length HTTP header.");
  }
  if (message.startsWith("Query-string authentication requires")) return new S3Error("AccessDenied", 403, message);
  if (message.startsWith("Missing required header")) return new S3Error("InvalidRequest", 400, message);
  return /^(?:AWS query-string|X-Amz-Expires)/.test(message)
    ? new S3Error("AuthorizationQueryParametersError", 400, message)
    : new S3Error("AuthorizationHeaderMalformed", 400, message);
}

/** Clients repeat such a request for the region that the answer names. */
function wrongRegion(given: string, Region: string): S3Error {
  return new S3Error(
    "AuthorizationHeaderMalformed",
    400,
    `The authorization header is malformed; the region '${given}' is wrong; expecting '${Region}'`,
    { Region },
    { "x-amz-bucket-region": Region },
  );
}

const WRONG_REGION = /valid region, not '([^']*)'\. This endpoint is '([^']*)'/;

function signatureError(message: string): S3Error {
  const [, given, region] = WRONG_REGION.exec(message) ?? [];
  if (given !== undefined && region !== undefined) return wrongRegion(given, region);
  if (message.startsWith("Signature expired") || message.startsWith("Signature not yet current")) {
    return /[+-] 15 min/.test(message)
      ? new S3Error(
          "RequestTimeTooSkewed",
          403,
          "The difference between the request time and the current time is too large.",
        )
      : new S3Error("AccessDenied", 403, "Request has expired");
  }
  if (message.startsWith("The payload is not")) {
    return new S3Error(
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  return new S3Error("SignatureDoesNotMatch", 403, message);
}
