import type { AwsError } from "@hearth/model";
import { UnknownOperationException } from "@hearth/model";
import type { BodyStream } from "../../body.ts";
import type { BoundOperation, RestBinding, Service } from "../../operation.ts";
import type { RawRequest } from "../../rawRequest.ts";
import { OTHER, shapeOf } from "../../schema/shape.ts";
import { entityTooLarge, notImplemented, payloadTooLarge } from "../../wireErrors.ts";
import type { Answer, ReadRequest, ServiceProtocol, Target } from "../serviceProtocol.ts";
import { PathTree } from "./pathTree.ts";
import type { RestCodec } from "./restCodec.ts";
import { type RequestParts, RestInput } from "./restInput.ts";
import { type EncodeOutput, restOutput } from "./restOutput.ts";

/** Invoke's limit. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_PAYLOAD_BYTES = 6_291_456;

/** One operation's route with everything that reading its input needs, computed once. */
interface Route {
  readonly name: string;
  /** Absent: AWS has the operation and Hearth has not. */
  readonly operation?: BoundOperation;
  readonly input: RestInput;
  readonly rawPayload: boolean;
  readonly maxBodyBytes: number;
}

/** REST-JSON and REST-XML: method and path name the operation; `codec` reads and writes bodies and errors. */
export class RestProtocol implements ServiceProtocol {
  readonly #routes = new PathTree<Route>();
  readonly #outputs = new Map<BoundOperation, EncodeOutput>();
  readonly #codec: RestCodec;

  constructor(service: Service, maxBodyBytes: number, codec: RestCodec) {
    this.#codec = codec;
    const maxPayloadBytes = service.maxBodyBytes ?? MAX_PAYLOAD_BYTES;
    for (const operation of service.operations) {
      this.#add(operation, operation, maxBodyBytes, maxPayloadBytes);
      this.#outputs.set(operation, restOutput(operation, codec));
    }
    for (const missing of service.notBuilt) this.#add(missing, undefined, maxBodyBytes, maxPayloadBytes);
  }

  #add(
    declared: Partial<RestBinding> & { readonly name: string },
    operation: BoundOperation | undefined,
    maxBodyBytes: number,
    maxPayloadBytes: number,
  ): void {
    const { name, http, payload } = declared;
    if (!http) throw new Error(`${name} has no http binding`);
    this.#routes.add(
      http[0],
      http[1],
      (labels) => ({
        name,
        ...(operation ? { operation } : {}),
        input: new RestInput(declared, labels, operation ? shapeOf(operation.input) : OTHER, this.#codec),
        rawPayload: payload !== undefined,
        maxBodyBytes: operation?.maxBodyBytes ?? (payload === undefined ? maxBodyBytes : maxPayloadBytes),
      }),
      declared.when,
    );
  }

  match(request: RawRequest): Target | undefined {
    const found = this.#routes.find(request);
    return found && new RestTarget(found.route, { request, labels: found.labels, query: found.query });
  }

  unknown({ method, path }: RawRequest): UnknownOperationException {
    return new UnknownOperationException(`There is no operation ${method} ${path}`);
  }

  encode(operation: BoundOperation, output: object | undefined): Answer {
    const encode = this.#outputs.get(operation) ?? restOutput(operation, this.#codec);
    return encode(output);
  }

  encodeError(error: AwsError, requestId: string): Answer {
    return this.#codec.encodeError(error, requestId);
  }
}

class RestTarget implements Target {
  readonly maxBodyBytes: number;
  readonly #route: Route;
  readonly #parts: RequestParts;
  readonly readStream?: (body: BodyStream) => ReadRequest;

  constructor(route: Route, parts: RequestParts) {
    this.maxBodyBytes = route.maxBodyBytes;
    if (route.operation?.streamsPayload) this.readStream = (body) => this.#read(body);
    this.#route = route;
    this.#parts = parts;
  }

  tooLarge(): AwsError {
    const { name, rawPayload } = this.#route;
    return rawPayload ? payloadTooLarge(name, this.maxBodyBytes) : entityTooLarge(name, this.maxBodyBytes);
  }

  read(body: Buffer): ReadRequest {
    return this.#read(body);
  }

  #read(body: Buffer | BodyStream): ReadRequest {
    const { operation, name, input } = this.#route;
    if (!operation) throw notImplemented(name);
    return { operation, input: input.read(this.#parts, body) };
  }
}
