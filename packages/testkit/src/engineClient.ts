import type Docker from "dockerode";

/**
 * A client of the engine at a socket, the machine's by default. Its library is loaded here and not with this package: with what it needs of gRPC and
 * SSH it is 200 modules, and most test files have no client of an engine.
 */
export async function engineClient(socketPath?: string): Promise<Docker> {
  const { default: Client } = await import("dockerode");
  return socketPath === undefined ? new Client() : new Client({ socketPath });
}
