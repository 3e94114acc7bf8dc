import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { createRequestHandler, type RequestHandlerDeps } from "../handleRequest.ts";
import { type AnyOperation, bind, type Service } from "../operation.ts";

const caller = {
  accountId: "000000000000",
  accessKeyId: "test",
  arn: "arn:aws:iam::000000000000:root",
  userId: "000000000000",
  principal: { kind: "root" },
} as const;

/** A server of one toy service, and what an SDK client needs in order to call it. */
export interface ToyServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
}

export type ToyService = Omit<Service, "operations" | "notBuilt"> & {
  readonly operations: readonly AnyOperation<object>[];
  readonly notBuilt?: Service["notBuilt"];
};

/** The request handler of toy services: the key `test` with the secret `test` may do everything. */
export function toyHandler(services: readonly ToyService[], deps: Partial<RequestHandlerDeps> = {}) {
  return createRequestHandler({
    services: services.map((service) => ({ notBuilt: [], ...service, operations: bind(service.operations, {}) })),
    findAccessKey: (id) => (id === "test" ? { secretAccessKey: "test", caller } : undefined),
    authorize: () => caller.accountId,
    clock: new SystemClock(),
    random: systemRandom,
    regions: ["us-east-1"],
    logger: silentLogger,
    ...deps,
  });
}

export async function serveToy(...services: readonly ToyService[]): Promise<ToyServer> {
  const handler = toyHandler(services);
  const server = createServer((req, res) => handler(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    ...clientOf((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function clientOf(port: number): Pick<ToyServer, "endpoint" | "clientConfig"> {
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return { endpoint, clientConfig: { endpoint, region: "us-east-1", credentials, maxAttempts: 1 } };
}
