import { type AwsError, UnknownOperationException } from "@hearth/model";
import type { Answer, Door, Target } from "./door.ts";
import { decodeJson, encodeJson, encodeJson11Error } from "./json.ts";
import type { BoundOperation, Service } from "./operation.ts";
import { header, type RawRequest } from "./rawRequest.ts";
import { entityTooLarge, notImplemented } from "./wireErrors.ts";

/** JSON 1.1: the operation is told by the header `X-Amz-Target: <namespace>.<Operation>`. */
export class Json11Door implements Door {
  readonly #errorCodes: Service["errorCodes"];
  readonly #targets = new Map<string, Target>();

  constructor(service: Service, maxBodyBytes: number) {
    this.#errorCodes = service.errorCodes;
    const add = (name: string, operation: BoundOperation | undefined): void => {
      const max = operation?.maxBodyBytes ?? maxBodyBytes;
      this.#targets.set(`${service.namespace}.${name}`, {
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
    const headers = { "Content-Type": "application/x-amz-json-1.1" };
    return { status: 200, headers, body: output === undefined ? new Uint8Array(0) : encodeJson(output) };
  }

  encodeError(error: AwsError): Answer {
    return encodeJson11Error(error, this.#errorCodes);
  }
}
