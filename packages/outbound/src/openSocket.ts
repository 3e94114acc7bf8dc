import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { OutboundFailed } from "./outboundErrors.ts";

/** Connects to this very address. Rejects with OutboundFailed, or with the signal's reason. */
export async function openSocket(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connectTcp({ host: address, port, autoSelectFamily: false, noDelay: true });
  await opened(
    socket,
    "connect",
    signal,
    (error) => new OutboundFailed("connect", `could not connect: ${error.message}`, { cause: error }),
  );
  return socket;
}

/** Does the TLS handshake and verifies that the certificate is one of `host`. */
export async function secureSocket(
  socket: Socket,
  host: string,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  const secure = connectTls({
    socket,
    host, // the name that the certificate must have
    ...(isIP(host) === 0 && { servername: host }),
    secureContext,
    rejectUnauthorized: true,
    ALPNProtocols: ["http/1.1"],
  });
  await opened(
    secure,
    "secureConnect",
    signal,
    (error) => new OutboundFailed("tls", `TLS failed: ${error.message}`, { cause: error }),
  );
  return secure;
}

function opened(
  socket: Socket,
  event: "connect" | "secureConnect",
  signal: AbortSignal,
  failed: (error: Error) => OutboundFailed,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error): void => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError).off("close", onClose);
      if (!error) return resolve();
      socket.on("error", () => undefined).destroy();
      reject(error);
    };
    const onAbort = (): void => end(signal.reason as Error);
    const onError = (error: Error): void => end(failed(error));
    const onClose = (): void => end(failed(new Error("the connection was closed")));
    signal.addEventListener("abort", onAbort, { once: true });
    socket
      .once(event, () => end())
      .once("error", onError)
      .once("close", onClose);
  });
}
