import { type AwsError, UnknownOperationException } from "@hearth/model";
import { encodeJson, jsonDecoder, jsonText, jsonTextEncoder } from "../codecs/json.ts";
import type { BoundOperation, Service } from "../operation.ts";
import { header, type RawRequest } from "../rawRequest.ts";
import { shapeOf } from "../schema/shape.ts";
import { entityTooLarge, notImplemented } from "../wireErrors.ts";
import { queryErrorHeader } from "./queryErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

export type AwsJsonVersion = "1.0" | "1.1";

/** AWS JSON 1.0 and 1.1, which differ in the content type: the header `X-Amz-Target: <prefix>.<Operation>` names the operation. */
export class AwsJsonProtocol implements ServiceProtocol {
  readonly #service: Service;
  readonly #version: AwsJsonVersion;
  readonly #targets = new Map<string, Target>();
  readonly #encoders = new Map<BoundOperation, (output: object) => string>();

  constructor(service: Service, maxBodyBytes: number, version: AwsJsonVersion) {
    this.#service = service;
    this.#version = version;
    const add = (name: string, operation: BoundOperation | undefined): void => {
      const max = operation?.maxBodyBytes ?? maxBodyBytes;
      const decode = operation && jsonDecoder(shapeOf(operation.input));
      if (operation?.output) this.#encoders.set(operation, jsonTextEncoder(shapeOf(operation.output)));
      this.#targets.set(`${operation?.targetPrefix ?? service.targetPrefix ?? ""}.${name}`, {
        maxBodyBytes: max,
        tooLarge: () => entityTooLarge(name, max),
        read(body) {
          if (!operation || !decode) throw notImplemented(name);
          return { operation, input: decode(body) };
        },
      });
    };
    for (const operation of service.operations) add(operation.name, operation);
    for (const { name } of service.notBuilt) add(name, undefined);
  }

  match({ headers }: RawRequest): Target | undefined {
    const target = header(headers, "x-amz-target") ?? "";
    // Some clients put a namespace in front, as botocore does for CloudTrail: com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents.
    return this.#targets.get(target) ?? this.#targets.get(target.split(".").slice(-2).join("."));
  }

  unknown({ headers }: RawRequest): UnknownOperationException {
    return new UnknownOperationException(
      `There is no operation ${header(headers, "x-amz-target") ?? "without X-Amz-Target"}`,
    );
  }

  encode(operation: BoundOperation, output: object | undefined): Answer {
    const headers = { "Content-Type": `application/x-amz-json-${this.#version}` };
    if (output === undefined) return { status: 200, headers, body: new Uint8Array(0) };
    return { status: 200, headers, body: (this.#encoders.get(operation) ?? jsonText)(output) };
  }

  encodeError(error: AwsError): Answer {
    return encodeAwsJsonError(error, this.#version, this.#service);
  }
}

/** An error in AWS JSON: the code is the body's `__type`. */
export function encodeAwsJsonError(
  error: AwsError,
  version: AwsJsonVersion,
  service: Pick<Service, "errorCodes" | "queryErrors" | "errorNamespace"> = {},
): Answer {
  const code = service.errorCodes?.[error.code] ?? error.code;
  return {
    status: error.httpStatus,
    headers: {
      "Content-Type": `application/x-amz-json-${version}`,
      "x-amzn-ErrorType": code,
      ...queryErrorHeader(error, code, service),
      ...error.headers,
    },
    body: encodeJson({
      __type: service.errorNamespace === undefined ? code : `${service.errorNamespace}#${code}`,
      ...error.members,
      message: error.message,
    }),
  };
}
