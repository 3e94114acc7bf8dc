import { request as send } from "node:http";
import { Sha256 } from "@hearth/kit";
import { SignatureV4 } from "@smithy/signature-v4";
import type { SandboxCredentials } from "../sandboxApi.ts";
import type { ServiceCall } from "./parametersExtension.ts";

/** Values of secrets have up to 64 KB. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Sends signed requests into the sandbox's own socket, as an SDK of the function would: they are authorized, throttled and audited like all of its calls. */
export function callService(socketPath: string, region: string, credentials: SandboxCredentials): ServiceCall {
  return async ({ service, target, input }, signal) => {
    const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
    const body = JSON.stringify(input);
    const headers = { host: "localhost", "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const unsigned = { method: "POST", protocol: "http:", hostname: "localhost", path: "/", headers, body };
    const signed = await signer.sign(unsigned);
    return await new Promise((resolve, reject) => {
      const options = { socketPath, method: "POST", path: "/", headers: signed.headers, agent: false };
      const sent = send({ ...options, ...(signal && { signal }) }, (answer) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (piece: Buffer) => {
          bytes += piece.length;
          if (bytes > MAX_ANSWER_BYTES) answer.destroy(new Error("the answer is too large"));
          else pieces.push(piece);
        });
        answer.on("error", reject);
        answer.on("end", () => resolve({ status: answer.statusCode ?? 500, body: Buffer.concat(pieces).toString() }));
      });
      sent.on("error", reject);
      sent.end(body);
    });
  };
}
