import { type AwsError, UnknownOperationException } from "@hearth/model";
import { decodeCbor, encodeCbor } from "../codecs/cbor.ts";
import type { BoundOperation, Service } from "../operation.ts";
import type { RawRequest } from "../rawRequest.ts";
import { shapeOf } from "../schema/shape.ts";
import { entityTooLarge, notImplemented } from "../wireErrors.ts";
import { queryErrorHeader } from "./queryErrors.ts";
import type { Answer, ServiceProtocol, Target } from "./serviceProtocol.ts";

const HEADERS = { "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" };

/**
 * Smithy RPC v2 CBOR: the path ends in `/service/<target prefix>/operation/<Operation>`.
 * https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
 */
export class RpcV2CborProtocol implements ServiceProtocol {
  readonly #service: Service;
  readonly #targets = new Map<string, Target>();

  constructor(service: Service, maxBodyBytes: number) {
    this.#service = service;
    const add = (name: string, operation: BoundOperation | undefined): void => {
      const max = operation?.maxBodyBytes ?? maxBodyBytes;
      const shape = operation && shapeOf(operation.input);
      this.#targets.set(`/service/${service.targetPrefix ?? ""}/operation/${name}`, {
        maxBodyBytes: max,
        tooLarge: () => entityTooLarge(name, max),
        read(body) {
          if (!operation || !shape) throw notImplemented(name);
          return { operation, input: decodeCbor(body, shape) };
        },
      });
    };
    for (const operation of service.operations) add(operation.name, operation);
    for (const { name } of service.notBuilt) add(name, undefined);
  }

  match({ method, path }: RawRequest): Target | undefined {
    // The endpoint's own path may come before it.
    return method === "POST" ? this.#targets.get(path.slice(Math.max(0, path.lastIndexOf("/service/")))) : undefined;
  }

  unknown({ method, path }: RawRequest): UnknownOperationException {
    return new UnknownOperationException(`There is no operation ${method} ${path}`);
  }

  encode(_operation: BoundOperation, output: object | undefined): Answer {
    if (output === undefined) return { status: 200, headers: { "smithy-protocol": "rpc-v2-cbor" }, body: null };
    return { status: 200, headers: HEADERS, body: encodeCbor(output) };
  }

  encodeError(error: AwsError): Answer {
    const code = this.#service.errorCodes?.[error.code] ?? error.code;
    return {
      status: error.httpStatus,
      headers: { ...HEADERS, ...queryErrorHeader(error, code, this.#service), ...error.headers },
      body: encodeCbor({ __type: code, ...error.members, message: error.message }),
    };
  }
}
