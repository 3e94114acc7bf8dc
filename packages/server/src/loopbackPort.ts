/** The names by which a client on this machine reaches what listens on loopback, or on all addresses. */
const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::]"]);

/** The port of an http URL that leads to this machine's loopback; `undefined` for any other URL. */
export function loopbackPort(url: string): number | undefined {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== "http:" || !LOOPBACK.has(hostname)) return undefined;
  return port === "" ? 80 : Number(port);
}
