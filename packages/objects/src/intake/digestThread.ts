// The code of a thread that digests bodies: see digestThreads.ts.
import { parentPort } from "node:worker_threads";
import { BodyDigest } from "./bodyDigest.ts";
import type { DigestRequest } from "./digestThreads.ts";

const bodies = new Map<number, BodyDigest>();

parentPort?.on("message", ({ body, algorithm, bytes, act }: DigestRequest) => {
  if (act === "forget") return void bodies.delete(body);
  let digest = bodies.get(body);
  if (!digest) bodies.set(body, (digest = new BodyDigest(algorithm)));
  if (bytes) digest.update(bytes);
  if (act === "end") bodies.delete(body);
  parentPort?.postMessage(act === "end" ? digest.end() : undefined);
  return undefined;
});
