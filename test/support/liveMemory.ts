import type { RunningHearth } from "@hearth/testkit";

/** The environment of a Hearth whose live memory can be measured. */
export const MEASURED = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

interface Memory {
  readonly heapUsed: number;
  readonly external: number;
}

/**
 * Bytes that are reachable in Hearth's process, after a full garbage collection: unlike the resident memory it does not depend on when the collector
 * last ran. Hearth must have been started with `MEASURED`.
 */
export async function liveBytes(hearth: RunningHearth): Promise<number> {
  // The launcher, its child, listens with an inspector of its own.
  for (const [url] of hearth.logs().matchAll(/ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/g)) {
    const inspector = await connect(url).catch(() => undefined);
    if (!inspector) continue;
    try {
      if ((await evaluate(inspector, "process.pid")) !== hearth.pid) continue;
      for (let times = 0; times < 2; times++) await inspector.call("HeapProfiler.collectGarbage");
      const { heapUsed, external } = (await evaluate(inspector, "process.memoryUsage()")) as Memory;
      return heapUsed + external;
    } finally {
      inspector.close();
    }
  }
  throw new Error("Hearth's inspector does not answer; was it started with MEASURED?");
}

interface Inspector {
  call(method: string, params?: object): Promise<unknown>;
  close(): void;
}

async function evaluate(inspector: Inspector, expression: string): Promise<unknown> {
  const { result } = (await inspector.call("Runtime.evaluate", { expression, returnByValue: true })) as {
    readonly result: { readonly value: unknown };
  };
  return result.value;
}

async function connect(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise<void>((opened, failed) => {
    socket.addEventListener("open", () => opened());
    socket.addEventListener("error", () => failed(new Error(`${url} does not answer`)));
  });
  const waiting = new Map<number, (result: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { readonly id: number; readonly result: unknown };
    waiting.get(id)?.(result);
  });
  let calls = 0;
  return {
    call: (method, params = {}) =>
      new Promise((answered) => {
        waiting.set(++calls, answered);
        socket.send(JSON.stringify({ id: calls, method, params }));
      }),
    close: () => socket.close(),
  };
}
