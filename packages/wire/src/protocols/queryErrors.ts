import type { AwsError } from "@hearth/model";
import { escapeXml } from "../codecs/xml.ts";
import type { Service } from "../operation.ts";
import type { Answer } from "./serviceProtocol.ts";

/** Codes of the errors that all services share: in JSON ─▶ in the query protocol. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  ExpiredTokenException: "ExpiredToken",
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  ServiceException: "ServiceFailure",
  ThrottlingException: "Throttling",
  UnrecognizedClientException: "InvalidClientTokenId",
  ValidationException: "ValidationError",
};

export function encodeQueryError(
  error: AwsError,
  requestId: string,
  namespace: string,
  codes: Readonly<Record<string, string>> = {},
  statuses: Readonly<Record<string, number>> = {},
): Answer {
  const { status, type, code } = queryErrorOf(error, { queryErrors: codes, queryStatuses: statuses });
  return xmlAnswer(
    status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code>` +
      `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    error.headers,
  );
}

/** What the query protocol says of an error, besides its message. */
export function queryErrorOf(
  { code, httpStatus, fault }: AwsError,
  { queryErrors, queryStatuses }: Pick<Service, "queryErrors" | "queryStatuses">,
): { readonly status: number; readonly type: string; readonly code: string } {
  return {
    status: queryStatuses?.[code] ?? httpStatus,
    type: fault === "client" ? "Sender" : "Receiver",
    code: queryErrors?.[code] ?? QUERY_CODES[code] ?? code,
  };
}

export function xmlAnswer(status: number, xml: string, headers: Readonly<Record<string, string>>): Answer {
  return { status, headers: { "Content-Type": "text/xml", ...headers }, body: Buffer.from(xml) };
}

/** For services that spoke the query protocol first: clients find the query code of a JSON or CBOR error in a header. */
export function queryErrorHeader(
  { fault }: AwsError,
  code: string,
  { queryErrors }: Pick<Service, "queryErrors">,
): Readonly<Record<string, string>> {
  if (!queryErrors) return {};
  const queryCode = queryErrors[code] ?? QUERY_CODES[code] ?? code;
  return { "x-amzn-query-error": `${queryCode};${fault === "client" ? "Sender" : "Receiver"}` };
}
