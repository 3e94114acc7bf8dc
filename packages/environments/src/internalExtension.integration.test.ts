import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { RealPools } from "./testing/realPools.ts";

/** Registers from within the runtime process, hears an event of each invocation, and says when it is asked to end. */
const CODE = `
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
const registered = await fetch(api + "register", {
  method: "POST", headers: { "Lambda-Extension-Name": "inner" }, body: JSON.stringify({ events: ["INVOKE"] }),
});
const id = registered.headers.get("lambda-extension-identifier");
const heard = [];
const next = async () => (await fetch(api + "event/next", { headers: { "Lambda-Extension-Identifier": id } })).json();
(async () => { for (;;) heard.push((await next()).requestId); })();
process.on("SIGTERM", () => { console.log("got SIGTERM"); setTimeout(() => { console.log("ends by itself"); process.exit(0); }, 100); });
export const handler = async (_event, { awsRequestId }) => {
  while (!heard.includes(awsRequestId)) await new Promise((resolve) => setTimeout(resolve, 5));
  return heard;
};
`;

let host: RealPools;
beforeAll(async () => {
  host = await RealPools.start();
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
});

test("an internal extension hears each event, and its runtime has half a second to end by SIGTERM", async () => {
  const version = host.deploy({ "index.mjs": CODE }, { Timeout: 5 });
  expect((await host.call(version, {}, { requestId: "i1" })).body).toEqual(["i1"]);
  expect((await host.call(version, {}, { requestId: "i2" })).body).toEqual(["i1", "i2"]);
  expect(host.logs.text).toContain("EXTENSION\tName: inner\tState: Ready\tEvents: [INVOKE]");
  host.pools.retain(version, version.FunctionName, new Set());
  await vi.waitFor(() => expect(host.logs.text).toMatch(/got SIGTERM[^]*ends by itself/), 10_000);
});
