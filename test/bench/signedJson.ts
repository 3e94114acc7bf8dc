import { createHash, createHmac } from "node:crypto";
import type { Agent, request as httpRequest } from "node:http";
import type { ClientConfig } from "@hearth/testkit";

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Calls operations of a service in AWS JSON 1.0, with as little work as a client can have. Rejects for an answer other than 200. */
export function jsonCaller(
  { endpoint, region, credentials }: ClientConfig,
  service: string,
  targetPrefix: string,
  agent: Agent,
  request: typeof httpRequest,
): (operation: string, input: object) => Promise<unknown> {
  const { host } = new URL(endpoint);
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, date), region), service), "aws4_request");
  const signed = "host;x-amz-content-sha256;x-amz-date;x-amz-target";
  return async (operation, input) => {
    const body = JSON.stringify(input);
    const hash = sha256(body);
    const target = `${targetPrefix}.${operation}`;
    const canonical = `POST\n/\n\nhost:${host}\nx-amz-content-sha256:${hash}\nx-amz-date:${time}\nx-amz-target:${target}\n\n${signed}\n${hash}`;
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
    const headers = {
      "content-type": "application/x-amz-json-1.0",
      "content-length": Buffer.byteLength(body),
      "x-amz-content-sha256": hash,
      "x-amz-date": time,
      "x-amz-target": target,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
    return await new Promise((resolve, reject) => {
      const sent = request(endpoint, { method: "POST", agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text === "" ? {} : (JSON.parse(text) as unknown));
          else reject(new Error(`${operation}: ${response.statusCode} ${text}`));
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  };
}
