import type { Protocol, Service } from "../operation.ts";
import { header, type RawRequest } from "../rawRequest.ts";
import { AwsCborProtocol } from "./awsCbor.ts";
import { AwsJsonProtocol } from "./awsJson.ts";
import { QueryProtocol } from "./query.ts";
import { QueryJsonProtocol, wantsJson } from "./queryJson.ts";
import { RestJsonProtocol } from "./restJson.ts";
import { RestXmlProtocol } from "./restXml.ts";
import { RpcV2CborProtocol } from "./rpcV2Cbor.ts";
import type { ServiceProtocol } from "./serviceProtocol.ts";

type Make = (service: Service, maxBodyBytes: number) => ServiceProtocol;

const MAKE: Readonly<Record<Protocol, Make>> = {
  "json-1.0": (service, max) => new AwsJsonProtocol(service, max, "1.0"),
  "json-1.1": (service, max) => new AwsJsonProtocol(service, max, "1.1"),
  "cbor-1.1": (service, max) => new AwsCborProtocol(service, max),
  query: (service, max) => new QueryProtocol(service, max),
  "rest-json": (service, max) => new RestJsonProtocol(service, max),
  "rest-xml": (service, max) => new RestXmlProtocol(service, max),
  "rpc-v2-cbor": (service, max) => new RpcV2CborProtocol(service, max),
};

/** How a request shows its protocol, the most specific sign first. REST protocols have none, so they take the rest. */
const SAYS: readonly (readonly [Protocol, (request: RawRequest) => boolean])[] = [
  ["rpc-v2-cbor", ({ headers }) => header(headers, "smithy-protocol") === "rpc-v2-cbor"],
  ["cbor-1.1", (request) => contentType(request).startsWith("application/x-amz-cbor-1.1")],
  ["json-1.0", (request) => contentType(request).startsWith("application/x-amz-json-1.0")],
  ["json-1.1", (request) => contentType(request).startsWith("application/x-amz-json-1.1")],
  ["json-1.0", ({ headers }) => header(headers, "x-amz-target") !== undefined],
  ["json-1.1", ({ headers }) => header(headers, "x-amz-target") !== undefined],
  [
    "query",
    (request) =>
      contentType(request).startsWith("application/x-www-form-urlencoded") || /(^|&)Action=/.test(request.search),
  ],
  ["rest-json", () => true],
  ["rest-xml", () => true],
];

function contentType({ headers }: RawRequest): string {
  return headers["content-type"] ?? "";
}

/** The protocols of one service. */
export class ServiceProtocols {
  readonly #first: ServiceProtocol;
  /** Empty when there is one protocol only. */
  readonly #signs: readonly (readonly [(request: RawRequest) => boolean, ServiceProtocol])[];
  readonly #query: ServiceProtocol | undefined;
  readonly #queryJson: ServiceProtocol | undefined;

  constructor(service: Service, maxBodyBytes: number) {
    const made = new Map(service.protocols.map((name) => [name, MAKE[name](service, maxBodyBytes)]));
    this.#first = made.get(service.protocols[0]) as ServiceProtocol;
    this.#query = made.get("query");
    this.#queryJson = this.#query && new QueryJsonProtocol(service, maxBodyBytes);
    this.#signs =
      made.size === 1
        ? []
        : SAYS.flatMap(([name, says]) => {
            const protocol = made.get(name);
            return protocol ? [[says, protocol] as const] : [];
          });
  }

  /** The protocol that the request is in. */
  of(request: RawRequest): ServiceProtocol {
    const found = this.#said(request);
    return this.#queryJson && found === this.#query && wantsJson(request) ? this.#queryJson : found;
  }

  #said(request: RawRequest): ServiceProtocol {
    for (const [says, protocol] of this.#signs) if (says(request)) return protocol;
    return this.#first;
  }
}
