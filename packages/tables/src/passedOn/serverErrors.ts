import { AwsError } from "@hearth/model";

/** What the named server has answered instead of doing what it was asked: its own error, with its names translated. */
export class TableServerError extends AwsError {
  readonly code: string;
  readonly httpStatus: number;
  override readonly fault: "client" | "server";
  override readonly members: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    { httpStatus, members = {} }: { readonly httpStatus: number; readonly members?: Readonly<Record<string, unknown>> },
  ) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
    this.fault = httpStatus < 500 ? "client" : "server";
    this.members = members;
  }

  /** The same error with its texts as `translate` gives them. */
  translated(translate: (text: string) => string): TableServerError {
    const { CancellationReasons: reasons } = this.members;
    const members = Array.isArray(reasons)
      ? { ...this.members, CancellationReasons: reasons.map((reason) => translatedReason(reason, translate)) }
      : this.members;
    return new TableServerError(this.code, translate(this.message), { httpStatus: this.httpStatus, members });
  }
}

function translatedReason(reason: unknown, translate: (text: string) => string): unknown {
  const { Message } = (reason ?? {}) as { readonly Message?: unknown };
  return typeof Message === "string" ? { ...(reason as object), Message: translate(Message) } : reason;
}

/** What a caller is told when the server does not answer, or not as it should. SDKs send the request again. */
export function serverFailed(message: string): TableServerError {
  return new TableServerError("InternalServerError", message, { httpStatus: 500 });
}

/** Errors about Hearth's own key: the caller's is right, and must not be told otherwise. */
const ABOUT_THE_KEY: ReadonlySet<string> = new Set([
  ...["AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature"],
  ...["IncompleteSignatureException", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException"],
  ...["MissingAuthenticationToken", "MissingAuthenticationTokenException", "NotAuthorized", "OptInRequired"],
  ...["RequestExpired", "SignatureDoesNotMatch", "UnrecognizedClientException"],
]);

/** Further members of errors that callers get. */
const MEMBERS = ["CancellationReasons", "Item", "ThrottlingReasons"] as const;

/** The error of an answer, or `undefined` with a text for the log when it is none that a caller may see. */
export function readServerError(
  status: number,
  body: Buffer,
): { readonly error: TableServerError } | { readonly error: undefined; readonly problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return { error: undefined, problem: `it answers ${status} without an error of DynamoDB` };
  }
  const { __type: type, message, Message, ...rest } = (parsed ?? {}) as Record<string, unknown>;
  const text = [message, Message].find((one) => typeof one === "string") ?? "";
  const code = typeof type === "string" ? (/(?:^|#)([A-Za-z]{1,100})$/.exec(type)?.[1] ?? "") : "";
  if (code === "") return { error: undefined, problem: `it answers ${status} without an error of DynamoDB` };
  if (ABOUT_THE_KEY.has(code)) return { error: undefined, problem: `it refuses Hearth's key: ${code}: ${text}` };
  const members = Object.fromEntries(MEMBERS.flatMap((name) => (name in rest ? [[name, rest[name]]] : [])));
  return { error: new TableServerError(code, text, { httpStatus: status >= 500 ? 500 : 400, members }) };
}
