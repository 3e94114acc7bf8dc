import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { operation, Reply } from "./operation.ts";
import { presignUrl } from "./presign.ts";
import { requireSigned } from "./requireSigned.ts";
import { serveToy, type ToyServer } from "./testing/toyServer.ts";

const invoke = operation({
  name: "Invoke",
  http: ["POST", "/2015-03-31/functions/{FunctionName}/invocations", 200],
  headers: { InvocationType: "X-Amz-Invocation-Type" },
  payload: "Payload",
  input: z.object({
    FunctionName: z.string(),
    Payload: z.instanceof(Uint8Array),
    InvocationType: z.string().optional(),
  }),
  errors: [],
  handle: async ({ InvocationType = "none" }) => new Reply(200, {}, Buffer.from(InvocationType)),
});
const PATH = "/2015-03-31/functions/f/invocations";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };

let server: ToyServer | undefined;
afterEach(async () => await server?.[Symbol.asyncDispose]());

async function serve(): Promise<string> {
  server = await serveToy({ signingName: "lambda", protocols: ["rest-json"], operations: [invoke] });
  return server.endpoint;
}

class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {}
}

/** An Invoke of which `signed` is signed and `added` is not. */
async function call(
  endpoint: string,
  signed: Record<string, string>,
  added: Record<string, string>,
): Promise<Response> {
  const { hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({
    service: "lambda",
    region: "us-east-1",
    sha256: Sha256 as unknown as ConstructorParameters<typeof SignatureV4>[0]["sha256"],
    credentials,
  });
  const { headers } = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname,
    port: Number(port),
    path: PATH,
    headers: { host, ...signed },
    body: "{}",
  });
  return await fetch(endpoint + PATH, { method: "POST", headers: { ...headers, ...added }, body: "{}" });
}

test("a parameter in a header counts only when it is signed", async () => {
  const endpoint = await serve();
  const signed = await call(endpoint, { "x-amz-invocation-type": "Event" }, {});
  expect([signed.status, await signed.text()]).toEqual([200, "Event"]);
  const added = await call(endpoint, {}, { "X-Amz-Invocation-Type": "Event" });
  expect([added.status, added.headers.get("x-amzn-errortype")]).toEqual([403, "InvalidSignatureException"]);
  expect(await added.json()).toEqual({
    message: "'X-Amz-Invocation-Type' must be a 'SignedHeader' in the AWS Authorization.",
  });
});

test("a parameter cannot be added to a pre-signed link", async () => {
  const endpoint = await serve();
  const options = { method: "POST", region: "us-east-1", service: "lambda", expiresSeconds: 60, now: Date.now() };
  const url = presignUrl(endpoint, PATH, {}, credentials, options);
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(200);
  const headers = { "x-amz-invocation-type": "Event" };
  expect((await fetch(url, { method: "POST", body: "{}", headers })).status).toBe(403);
});

test("headers that clients and proxies add without signing them are taken", async () => {
  const added = {
    "user-agent": "aws-cli/2",
    "x-amz-user-agent": "aws-sdk-js/3",
    "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793",
    "amz-sdk-invocation-id": "1",
    "amz-sdk-request": "attempt=1",
    "x-forwarded-for": "10.0.0.1",
    "x-amz-cf-id": "1",
  };
  expect((await call(await serve(), {}, added)).status).toBe(200);
});

test("S3 says it in its own way", () => {
  const headers = { host: "h", "x-amz-acl": "public-read", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
  expect(() => requireSigned(headers, ["host"], "s3")).toThrow(
    "There were headers present in the request which were not signed",
  );
  expect(() => requireSigned(headers, ["host", "x-amz-acl"], "s3")).not.toThrow();
});
