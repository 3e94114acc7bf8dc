import type { Duplex } from "node:stream";
import { type IConnectPacket, type Packet, parser } from "mqtt-packet";

/**
 * Reads the first packet of a client, and puts its bytes back for the broker. Rejects when it is not CONNECT, when the connection ends, or when `signal`
 * aborts.
 */
export async function readConnect(stream: Duplex, signal: AbortSignal): Promise<IConnectPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<IConnectPacket>();
  const bytes: Buffer[] = [];
  const parse = parser();
  parse.on("packet", (packet: Packet) => {
    if (packet.cmd === "connect") resolve(packet);
    else reject(new Error("the first packet is not CONNECT"));
  });
  parse.on("error", reject);
  const onReadable = (): void => {
    for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
      bytes.push(chunk);
      parse.parse(chunk);
    }
  };
  const onEnd = (): void => reject(new Error("the connection has ended"));
  const onAbort = (): void => reject(signal.reason as Error);
  stream.on("readable", onReadable);
  stream.once("close", onEnd);
  stream.once("end", onEnd);
  stream.on("error", onEnd);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await promise;
  } finally {
    parse.removeAllListeners();
    stream.off("readable", onReadable);
    stream.off("close", onEnd);
    stream.off("end", onEnd);
    stream.off("error", onEnd);
    signal.removeEventListener("abort", onAbort);
    if (!stream.destroyed && bytes.length > 0) stream.unshift(Buffer.concat(bytes));
  }
}

const BAD_CREDENTIALS = 4;
const BAD_VERSION = 1;

/** Refuses a client, whose packet is not passed on to the broker. */
export function refuse(stream: Duplex, { protocolVersion }: IConnectPacket, why: "credentials" | "version"): void {
  // MQTT 5 has other codes, and properties.
  if (protocolVersion === 5) stream.end(Buffer.from([0x20, 3, 0, why === "version" ? 0x84 : 0x86, 0]));
  else stream.end(Buffer.from([0x20, 2, 0, why === "version" ? BAD_VERSION : BAD_CREDENTIALS]));
}
