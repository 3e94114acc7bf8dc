import { AwsError } from "@hearth/model";
import type { Answer, Door, Target } from "./door.ts";
import { decodeForm, formInput } from "./form.ts";
import type { BoundOperation, Service } from "./operation.ts";
import { queryPairs, type RawRequest } from "./rawRequest.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { entityTooLarge, notImplemented } from "./wireErrors.ts";
import { escapeXml, toXml } from "./xml.ts";

class InvalidAction extends AwsError {
  readonly code = "InvalidAction";
  readonly httpStatus = 400;
}

/** What JSON services call these errors, and what query services do. */
const QUERY_CODES: Readonly<Record<string, string>> = {
  AccessDeniedException: "AccessDenied",
  ExpiredTokenException: "ExpiredToken",
  IncompleteSignatureException: "IncompleteSignature",
  InvalidSignatureException: "SignatureDoesNotMatch",
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  ServiceException: "ServiceFailure",
  UnrecognizedClientException: "InvalidClientTokenId",
  ValidationException: "ValidationError",
};

interface Known {
  readonly operation: BoundOperation;
  readonly shape: Shape;
}

/** AWS's query protocol: a form with `Action=<Operation>` in the body or the query, answered in XML. */
export class QueryDoor implements Door {
  readonly #namespace: string;
  readonly #operations: ReadonlyMap<string, Known>;
  readonly #notBuilt: ReadonlySet<string>;
  readonly #maxBodyBytes: number;

  constructor(service: Service, maxBodyBytes: number) {
    this.#namespace = service.namespace;
    this.#operations = new Map(
      service.operations.map((operation) => [operation.name, { operation, shape: shapeOf(operation.input) }]),
    );
    this.#notBuilt = new Set(service.notBuilt.map(({ name }) => name));
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Every request may be one of this service's: which operation is meant stands in the body. */
  match(request: RawRequest): Target {
    return {
      maxBodyBytes: this.#maxBodyBytes,
      tooLarge: () => entityTooLarge("requested", this.#maxBodyBytes),
      read: (body) => this.#read(request, body),
    };
  }

  unknown(): AwsError {
    return new InvalidAction("Could not find the operation");
  }

  #read(request: RawRequest, body: Buffer): { operation: BoundOperation; input: unknown } {
    const pairs = [...queryPairs(request.search), ...decodeForm(body)];
    const action = pairs.find(([name]) => name === "Action")?.[1] ?? "";
    const known = this.#operations.get(action);
    if (known) return { operation: known.operation, input: formInput(pairs, known.shape) };
    if (this.#notBuilt.has(action)) throw notImplemented(action);
    const version = pairs.find(([name]) => name === "Version")?.[1] ?? "NO_VERSION_SPECIFIED";
    throw new InvalidAction(`Could not find operation ${action} for version ${version}`);
  }

  encode({ name }: BoundOperation, output: object | undefined, requestId: string): Answer {
    const result = output === undefined ? "" : toXml(`${name}Result`, output);
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return xmlAnswer(200, `<${name}Response xmlns="${this.#namespace}">${result}${metadata}</${name}Response>`, {});
  }

  encodeError(error: AwsError, requestId: string): Answer {
    return encodeQueryError(error, requestId, this.#namespace);
  }
}

export function encodeQueryError(error: AwsError, requestId: string, namespace: string): Answer {
  const type = error.fault === "client" ? "Sender" : "Receiver";
  const code = QUERY_CODES[error.code] ?? error.code;
  return xmlAnswer(
    error.httpStatus,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${type}</Type><Code>${code}</Code>` +
      `<Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
    error.headers,
  );
}

function xmlAnswer(status: number, xml: string, headers: Readonly<Record<string, string>>): Answer {
  return { status, headers: { "Content-Type": "text/xml", ...headers }, body: Buffer.from(xml) };
}
