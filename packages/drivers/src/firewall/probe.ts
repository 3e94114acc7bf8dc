import { once } from "node:events";
import { createServer, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/** Prints what came of each connection, as JSON: `{"10.0.0.1:80":"connected"}`. Arguments: `host:port` …; run with `node -e`. */
export const NODE_PROBE = `
const net = require("node:net");
Promise.all(process.argv.slice(1).map((target) => new Promise((resolve) => {
  const at = target.lastIndexOf(":");
  const socket = net.connect({ host: target.slice(0, at), port: Number(target.slice(at + 1)) });
  const done = (result) => { socket.destroy(); resolve([target, result]); };
  socket.setTimeout(1500, () => done("timeout"));
  socket.on("connect", () => done("connected"));
  socket.on("error", (error) => done(error.code));
}))).then((results) => console.log(JSON.stringify(Object.fromEntries(results))));
`;

/** The same for `python3 -c`. */
export const PYTHON_PROBE = `
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor
def probe(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 1.5).close()
        return target, "connected"
    except OSError as error:
        return target, type(error).__name__
with ThreadPoolExecutor() as pool:
    print(json.dumps(dict(pool.map(probe, sys.argv[1:]))))
`;

export type RunProbe = (targets: readonly string[]) => Promise<string>;

/**
 * Proves that sandboxes are kept off this host: opens a listener on all its addresses and has `run` try them, the bridge's `gateway` and the metadata
 * address from inside a sandbox. Rejects, naming what could be reached, or when the probe did not say.
 */
export async function proveEgress(gateway: string, run: RunProbe): Promise<void> {
  const listener = createServer((socket) => socket.destroy());
  listener.listen(0, "0.0.0.0");
  await once(listener, "listening");
  try {
    const address = listener.address();
    if (address === null || typeof address === "string") throw new Error("the probe's listener has no port");
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const hosts = new Set([
      gateway,
      ...own.filter((one) => isIPv4(one.address) && !one.internal).map((one) => one.address),
    ]);
    const targets = [...[...hosts].map((host) => `${host}:${address.port}`), "169.254.169.254:80"];
    const results = JSON.parse(await run(targets)) as Readonly<Record<string, string>>;
    const untold = targets.filter((target) => typeof results[target] !== "string");
    if (untold.length > 0) throw new Error(`the probe sandbox said nothing about ${untold.join(", ")}`);
    const reached = targets.filter((target) => results[target] === "connected");
    if (reached.length > 0) throw new Error(`a sandbox could reach ${reached.join(", ")}`);
  } finally {
    listener.close();
  }
}
