import { AwsError } from "@hearth/model";
import { decodeForm, formInput } from "../codecs/form.ts";
import { toXml, type WriteXml, xmlWriter } from "../codecs/xml.ts";
import type { BoundOperation, Service } from "../operation.ts";
import { decodePercent, queryPairs, type RawRequest } from "../rawRequest.ts";
import { type Shape, shapeOf } from "../schema/shape.ts";
import { entityTooLarge, notImplemented } from "../wireErrors.ts";
import { encodeQueryError, xmlAnswer } from "./queryErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

class InvalidAction extends AwsError {
  readonly code = "InvalidAction";
  readonly httpStatus = 400;
}

interface Known {
  readonly operation: BoundOperation;
  readonly shape: Shape;
  readonly write: WriteXml;
}

/** AWS's query protocol: a form with `Action=<Operation>` in the body or the query, answered in XML. */
export class QueryProtocol implements ServiceProtocol {
  readonly #namespace: string;
  readonly #pathMember: string | undefined;
  readonly #errorCodes: Service["queryErrors"];
  readonly #statuses: Service["queryStatuses"];
  readonly #operations: ReadonlyMap<string, Known>;
  readonly #notBuilt: ReadonlySet<string>;
  readonly #maxBodyBytes: number;

  constructor(service: Service, maxBodyBytes: number) {
    this.#namespace = service.xmlNamespace ?? "";
    this.#pathMember = service.pathMember;
    this.#errorCodes = service.queryErrors;
    this.#statuses = service.queryStatuses;
    this.#operations = new Map(
      service.operations.map((operation) => [
        operation.name,
        {
          operation,
          shape: shapeOf(operation.input),
          write: operation.output ? xmlWriter(shapeOf(operation.output)) : toXml,
        },
      ]),
    );
    this.#notBuilt = new Set(service.notBuilt.map(({ name }) => name));
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Matches every request, because the operation is named in the body. */
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
    const member = this.#pathMember;
    if (member !== undefined && request.path !== "/" && !pairs.some(([name]) => name === member)) {
      pairs.push([member, decodePercent(request.path)]);
    }
    const action = pairs.find(([name]) => name === "Action")?.[1] ?? "";
    const known = this.#operations.get(action);
    if (known) return { operation: known.operation, input: formInput(pairs, known.shape) };
    if (this.#notBuilt.has(action)) throw notImplemented(action);
    const version = pairs.find(([name]) => name === "Version")?.[1] ?? "NO_VERSION_SPECIFIED";
    throw new InvalidAction(`Could not find operation ${action} for version ${version}`);
  }

  encode({ name }: BoundOperation, output: object | undefined, requestId: string): Answer {
    const result = output === undefined ? "" : (this.#operations.get(name)?.write ?? toXml)(`${name}Result`, output);
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    return xmlAnswer(200, `<${name}Response xmlns="${this.#namespace}">${result}${metadata}</${name}Response>`, {});
  }

  encodeError(error: AwsError, requestId: string): Answer {
    return encodeQueryError(error, requestId, this.#namespace, this.#errorCodes, this.#statuses);
  }
}
