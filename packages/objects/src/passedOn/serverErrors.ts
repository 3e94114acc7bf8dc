import type { IncomingMessage } from "node:http";
import { readXml } from "@hearth/wire";
import { S3Error } from "../errors.ts";

const MAX_ERROR_BYTES = 65_536;
const MAX_MEMBER = 2_048;
/** Elements of errors that say something about the request, and nothing about the server. */
const MEMBERS = new Set(
  "BucketName Key VersionId UploadId ArgumentName ArgumentValue Condition Size MaxSizeAllowed PartNumber ETag ProposedSize MinSizeAllowed RangeRequested ActualObjectSize".split(
    " ",
  ),
);
/** The server does not accept Hearth's own key or clock. Passed on, they would be taken for an error of the client. */
const ABOUT_HEARTH = new Set(
  "InvalidAccessKeyId SignatureDoesNotMatch RequestTimeTooSkewed AuthorizationHeaderMalformed ExpiredToken InvalidToken InvalidSecurity".split(
    " ",
  ),
);
/** What servers say otherwise than AWS. */
const AWS_CODES: Readonly<Record<string, string>> = { XAmzContentChecksumMismatch: "BadDigest" };
const BY_STATUS: Readonly<Record<number, readonly [string, string]>> = {
  400: ["BadRequest", "Bad Request"],
  403: ["AccessDenied", "Access Denied"],
  404: ["NoSuchKey", "The specified key does not exist."],
  405: ["MethodNotAllowed", "The specified method is not allowed against this resource."],
  409: ["OperationAborted", "A conflicting operation occurred."],
  411: ["MissingContentLength", "You must provide the Content-Length HTTP header."],
  412: ["PreconditionFailed", "At least one of the pre-conditions you specified did not hold"],
  416: ["InvalidRange", "The requested range is not satisfiable"],
  501: ["NotImplemented", "A header you provided implies functionality that is not implemented."],
};
const SHOWN_HEADERS = ["x-amz-delete-marker", "x-amz-version-id", "allow", "content-range", "retry-after"];

/** The server did not answer. */
export class Unanswered extends S3Error {
  /** The request may have arrived, so what it asks for may have been done. */
  readonly mayBeDone: boolean;

  constructor(mayBeDone: boolean, cause: unknown) {
    super("ServiceUnavailable", 503, "The object store does not answer. Please try again.");
    this.mayBeDone = mayBeDone;
    this.cause = cause;
  }
}

/** The server does not accept Hearth's own key or clock. `cause` has what it said. */
export class KeyRefused extends S3Error {
  constructor(cause: string) {
    super("ServiceUnavailable", 503, "The object store does not accept this Hearth's key.");
    this.cause = cause;
  }
}

/** Whether what was asked for may have been done although the request ended with this error. */
export function mayBeDone(error: unknown): boolean {
  return error instanceof Unanswered ? error.mayBeDone : error instanceof S3Error && error.httpStatus >= 500;
}

/** What the server answered instead of success. */
export async function readServerError(answer: IncomingMessage, method: string): Promise<S3Error> {
  const text = method === "HEAD" ? "" : await textOf(answer, MAX_ERROR_BYTES);
  if (method === "HEAD") answer.resume();
  return serverError(answer.statusCode ?? 500, text, answer.headers);
}

/** The error in an XML document. */
export function serverError(status: number, text: string, headers: IncomingMessage["headers"] = {}): S3Error {
  const { Code: code, Message: message, ...more } = membersOf(text);
  const [byStatus, itsMessage] = BY_STATUS[status] ?? ["InternalError", "The object store could not do this."];
  const shown = Object.fromEntries(
    SHOWN_HEADERS.flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
  const known = code !== undefined && /^[A-Za-z][A-Za-z0-9.]{0,99}$/.test(code) ? (AWS_CODES[code] ?? code) : byStatus;
  if (ABOUT_HEARTH.has(known)) return new KeyRefused(`${known}: ${message ?? ""}`);
  const said = message === undefined || message === "" ? itsMessage : message;
  // Redirects lead to addresses of the server, which are not for clients.
  return new S3Error(known, status < 400 ? 500 : status, said.slice(0, MAX_MEMBER), more, shown);
}

function membersOf(text: string): Readonly<Record<string, string>> {
  if (text.trim() === "") return {};
  try {
    const root = readXml(text);
    if (root.name !== "Error") return {};
    return Object.fromEntries(
      root.children
        .filter(({ name }) => name === "Code" || name === "Message" || MEMBERS.has(name))
        .map((child) => [child.name, child.text.slice(0, MAX_MEMBER)]),
    );
  } catch {
    return {}; // a proxy's page, for example
  }
}

/** A body of at most `maxBytes`; of a longer one the beginning. */
export async function textOf(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(pieces).toString("utf8", 0, maxBytes);
}
