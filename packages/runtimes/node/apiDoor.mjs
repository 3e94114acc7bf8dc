// The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its
// Unix socket. SDKs, wrappers and agents want a host and a port. It keeps no event loop alive: whoever waits for an answer has a socket of its own that does.
import { connect, createServer } from "node:net";
import { carry, connectToPort, onOrders, openLine } from "./portConnections.mjs";

const MAX_CONNECTIONS = 50;
/** Whether Hearth can ask this process for connections to listeners of internal extensions. */
let takesOrders = false;

/** Resolves with `host:port` that leads to the socket at `path`, on `port` if it can be had; `undefined` where none can. */
export async function openApiDoor(path, port) {
  return (await listen(path, port)) ?? (await listen(path, 0));
}

function listen(path, port) {
  return new Promise((resolve) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (inner) => carryIn(inner, path));
    server.maxConnections = MAX_CONNECTIONS;
    server.unref();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port }, () => resolve(`127.0.0.1:${server.address().port}`));
  });
}

function carryIn(inner, path) {
  takeOrders(path);
  const outer = connect({ path, allowHalfOpen: true });
  inner.unref();
  outer.unref();
  carry(inner, outer);
}

/** Before the first connection is carried, since it may be an extension's that subscribes to telemetry. */
function takeOrders(path) {
  if (takesOrders) return;
  takesOrders = true;
  const channel = openLine(path, "carrier.hearth:1");
  channel.unref();
  onOrders(channel, (order) => connectToPort(path, order, false));
}
