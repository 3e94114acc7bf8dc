import { type AwsError, UnknownOperationException } from "@hearth/model";
import { decodeCbor, encodeCbor } from "../codecs/cbor.ts";
import type { BoundOperation, Service } from "../operation.ts";
import { header, type RawRequest } from "../rawRequest.ts";
import { shapeOf } from "../schema/shape.ts";
import { entityTooLarge, notImplemented } from "../wireErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

const HEADERS = { "Content-Type": "application/x-amz-cbor-1.1" };

/** AWS JSON 1.1 with CBOR in the place of JSON; times count milliseconds. The SDK for Java speaks it to Kinesis. */
export class AwsCborProtocol implements ServiceProtocol {
  readonly #service: Service;
  readonly #targets = new Map<string, Target>();

  constructor(service: Service, maxBodyBytes: number) {
    this.#service = service;
    const add = (name: string, operation: BoundOperation | undefined): void => {
      const max = operation?.maxBodyBytes ?? maxBodyBytes;
      const shape = operation && shapeOf(operation.input);
      this.#targets.set(`${service.targetPrefix ?? ""}.${name}`, {
        maxBodyBytes: max,
        tooLarge: () => entityTooLarge(name, max),
        read(body) {
          if (!operation || !shape) throw notImplemented(name);
          return { operation, input: decodeCbor(body, shape, "milliseconds") };
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
    const body = output === undefined ? new Uint8Array(0) : encodeCbor(output, "milliseconds");
    return { status: 200, headers: HEADERS, body };
  }

  encodeError(error: AwsError): Answer {
    const code = this.#service.errorCodes?.[error.code] ?? error.code;
    return {
      status: error.httpStatus,
      headers: { ...HEADERS, "x-amzn-ErrorType": code, ...error.headers },
      body: encodeCbor({ __type: code, ...error.members, message: error.message }),
    };
  }
}
