// Connections between Hearth and ports inside the sandbox, which Hearth cannot reach itself: it asks for each one by a line of JSON.
import { connect } from "node:net";

/** A connection to Hearth's socket that is not for requests; `name` says what for. */
export function openLine(socketPath, name, headers = "") {
  const socket = connect({ path: socketPath, allowHalfOpen: true });
  socket.on("error", () => socket.destroy());
  socket.write(`CONNECT ${name} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`);
  return socket;
}

/** Calls back with each of Hearth's orders. */
export function onOrders(channel, obey) {
  let partial = "";
  channel.setEncoding("utf8");
  channel.on("data", (text) => {
    const lines = (partial + text).split("\n");
    partial = lines.pop();
    for (const line of lines) obey(JSON.parse(line));
  });
}

/** Another connection of Hearth's is carried to a port on the loopback. Neither keeps the event loop alive where `keepsLoop` is false. */
export function connectToPort(socketPath, { id, port }, keepsLoop = true) {
  const inner = connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
  if (!keepsLoop) inner.unref();
  inner.once("error", () => openLine(socketPath, `connection.hearth:${id}`, "Hearth-Unreachable: 1\r\n").destroySoon());
  inner.once("connect", () => {
    inner.removeAllListeners("error");
    const outer = openLine(socketPath, `connection.hearth:${id}`);
    if (!keepsLoop) outer.unref();
    carry(inner, outer);
  });
}

/** Carries bytes both ways until both have ended. */
export function carry(inner, outer) {
  for (const [one, other] of [
    [inner, outer],
    [outer, inner],
  ]) {
    one.on("error", () => other.destroySoon());
    one.on("close", () => other.destroySoon());
    one.pipe(other);
  }
}
