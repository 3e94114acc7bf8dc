import { noProgram } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { INTERNAL_EXTENSIONS } from "./testing/internalExtensions.ts";
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

interface Received {
  readonly subscribed: number;
  readonly received: readonly (readonly [method: string, event: { readonly type: string; readonly record: unknown }])[];
}

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

test.each(
  Object.entries(INTERNAL_EXTENSIONS).filter(([runtime]) => runtime !== "ruby3.3" || noProgram("ruby") === undefined),
)(
  "an internal extension alone gets telemetry, and by the Logs API what that one has: %s",
  { timeout: 60_000 },
  async (Runtime, { files, Handler }) => {
    const version = host.deploy(files, { Runtime, Handler, Timeout: 20 });
    const requestId = `inner-${Runtime}`;
    const { body, outcome } = await host.call(version, {}, { requestId });
    expect(outcome.kind, host.logs.text).toBe("success");
    const { subscribed, received } = body as Received;
    expect(subscribed).toBe(200);
    const types = received.map(([, { type }]) => type);
    const isLogsApi = Runtime !== "nodejs24.x";
    expect(types).toEqual(expect.arrayContaining(["function", "platform.extension", "platform.start"]));
    expect(types.includes("platform.initStart")).toBe(!isLogsApi);
    const methods = { "nodejs24.x": "POST", "ruby3.3": "PUT", "python3.13": "TCP", "provided.al2023": "TCP" };
    expect(new Set(received.map(([method]) => method))).toEqual(new Set([methods[Runtime as keyof typeof methods]]));
    expect(host.logs.text).toContain(`${isLogsApi ? "LOGS" : "TELEMETRY"}\tName: inner\tState: Subscribed`);
    // The environment goes on; what happened since has been sent when the next event is answered.
    const again = (await host.call(version, {}, { requestId: `${requestId}-2` })).body as Received;
    const reported = again.received.find(([, { type }]) => type === "platform.report")?.[1];
    if (Runtime !== "ruby3.3") expect(reported).toMatchObject({ record: { requestId } });
  },
);
