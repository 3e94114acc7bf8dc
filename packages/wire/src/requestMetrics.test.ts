import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { Registry } from "@hearth/kit";
import { ResourceNotFoundException } from "@hearth/model";
import { expect, test } from "vitest";
import { z } from "zod";
import { operation } from "./operation.ts";
import { RequestMetrics } from "./requestMetrics.ts";
import { clientOf, toyHandler, type ToyService } from "./testing/toyServer.ts";

const logs: ToyService = {
  signingName: "logs",
  protocols: ["json-1.1"],
  targetPrefix: "Logs_20140328",
  operations: [
    operation({
      name: "CreateLogGroup",
      input: z.object({ logGroupName: z.string() }),
      errors: [ResourceNotFoundException],
      handle: async ({ logGroupName }) => {
        if (logGroupName === "missing") throw new ResourceNotFoundException("There is none.");
        return undefined;
      },
    }),
  ],
};

test("requests are counted by operation and status, and those of no known operation together", async () => {
  const registry = new Registry();
  const handler = toyHandler([logs], {
    metrics: new RequestMetrics(registry),
    elsewhere: (request, response) => void response.end(request.url),
  });
  const server = createServer((req, res) => handler(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { endpoint, clientConfig } = clientOf((server.address() as AddressInfo).port);
  const client = new CloudWatchLogsClient(clientConfig);
  const create = (logGroupName: string) => client.send(new CreateLogGroupCommand({ logGroupName }));
  await create("one");
  await create("two");
  await expect(create("missing")).rejects.toThrow("There is none.");
  // Another process answers these, and counts them.
  for (const path of ["/other", "/operation"]) await fetch(`${endpoint}${path}`);
  client.destroy();
  server.closeAllConnections();
  server.close();
  const text = await registry.metrics();
  expect(text.split("\n").filter((line) => line.startsWith("hearth_api_requests_total{"))).toEqual([
    'hearth_api_requests_total{service="logs",operation="CreateLogGroup",status="200"} 2',
    'hearth_api_requests_total{service="logs",operation="CreateLogGroup",status="404"} 1',
  ]);
  expect(text).toContain('hearth_api_request_duration_seconds_count{service="logs",operation="CreateLogGroup"} 3');
});

test("whatever clients ask for, requests of no known operation make one series", async () => {
  const registry = new Registry();
  const handler = toyHandler([logs], { metrics: new RequestMetrics(registry) });
  const server = createServer((req, res) => handler(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { endpoint } = clientOf((server.address() as AddressInfo).port);
  for (const path of ["/no-operation", "/another"]) await fetch(`${endpoint}${path}`);
  server.closeAllConnections();
  server.close();
  const text = await registry.metrics();
  expect(text.split("\n").filter((line) => line.startsWith("hearth_api_requests_total{"))).toEqual([
    'hearth_api_requests_total{service="(unknown)",operation="(unknown)",status="403"} 2',
  ]);
});
