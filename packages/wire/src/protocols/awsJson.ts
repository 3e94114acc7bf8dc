import { type AwsError, UnknownOperationException } from "@hearth/model";
import { decodeJson, encodeJson } from "../codecs/json.ts";
import type { BoundOperation, Service } from "../operation.ts";
import { header, type RawRequest } from "../rawRequest.ts";
import { entityTooLarge, notImplemented } from "../wireErrors.ts";
import { QUERY_CODES } from "./queryErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

export type AwsJsonVersion = "1.0" | "1.1";

/** AWS JSON 1.0 and 1.1, which differ in the content type: the header `X-Amz-Target: <prefix>.<Operation>` names the operation. */
export class AwsJsonProtocol implements ServiceProtocol {
  readonly #service: Service;
  readonly #version: AwsJsonVersion;
  readonly #targets = new Map<string, Target>();

  constructor(service: Service, maxBodyBytes: number, version: AwsJsonVersion) {
    this.#service = service;
    this.#version = version;
    const add = (name: string, operation: BoundOperation | undefined): void => {
      const max = operation?.maxBodyBytes ?? maxBodyBytes;
      this.#targets.set(`${service.targetPrefix ?? ""}.${name}`, {
        maxBodyBytes: max,
        tooLarge: () => entityTooLarge(name, max),
        read(body) {
          if (!operation) throw notImplemented(name);
          return { operation, input: decodeJson(body) };
        },
      });
    };
    for (const operation of service.operations) add(operation.name, operation);
    for (const { name } of service.notBuilt) add(name, undefined);
  }

  match({ headers }: RawRequest): Target | undefined {
    return this.#targets.get(header(headers, "x-amz-target") ?? "");
  }

  unknown({ headers }: RawRequest): UnknownOperationException {
    return new UnknownOperationException(
      `There is no operation ${header(headers, "x-amz-target") ?? "without X-Amz-Target"}`,
    );
  }

  encode(_operation: BoundOperation, output: object | undefined): Answer {
    const headers = { "Content-Type": `application/x-amz-json-${this.#version}` };
    return { status: 200, headers, body: output === undefined ? new Uint8Array(0) : encodeJson(output) };
  }

  encodeError(error: AwsError): Answer {
    return encodeAwsJsonError(error, this.#version, this.#service);
  }
}

/** An error in AWS JSON: the code is the body's `__type`. */
export function encodeAwsJsonError(
  error: AwsError,
  version: AwsJsonVersion,
  { errorCodes = {}, queryErrors }: Pick<Service, "errorCodes" | "queryErrors"> = {},
): Answer {
  const code = errorCodes[error.code] ?? error.code;
  const fault = error.fault === "client" ? "Sender" : "Receiver";
  const queryCode = queryErrors && (queryErrors[code] ?? QUERY_CODES[code] ?? code);
  return {
    status: error.httpStatus,
    headers: {
      "Content-Type": `application/x-amz-json-${version}`,
      "x-amzn-ErrorType": code,
      ...(queryCode === undefined ? {} : { "x-amzn-query-error": `${queryCode};${fault}` }),
      ...error.headers,
    },
    body: encodeJson({ __type: code, ...error.members, message: error.message }),
  };
}
