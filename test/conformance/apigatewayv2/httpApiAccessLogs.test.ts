import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { httpApiTarget } from "./httpApiTarget.ts";

/** Answers as the path asks. */
const WEB = `
export const handler = async ({ rawPath }) => {
  if (rawPath === "/throw") throw new Error("on purpose");
  if (rawPath === "/answer") return { statusCode: 418 };
  return { statusCode: rawPath === "/wrong" ? "many" : 200 };
};
`;

test("access logs go to the stage's log group", async () => {
  await using target = await httpApiTarget();
  const { endpoint, region, credentials } = target.lambda.client.config;
  const logs = new CloudWatchLogsClient({ ...(endpoint && { endpoint }), region, credentials });
  const logGroupName = `/api/${crypto.randomUUID()}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const ApiId = await target.newApi();
  const web = await target.newFunction(await zipOf({ "index.mjs": WEB }));
  const Target = `integrations/${await target.newIntegration(ApiId, web)}`;
  const keys = ["GET /x", "GET /throw", "GET /wrong", "GET /answer"];
  for (const key of keys) await target.newRoute(ApiId, key, { Target });
  await target.newRoute(ApiId, "GET /signed", { Target, AuthorizationType: "AWS_IAM" });
  const DestinationArn = `arn:aws:logs:${target.region}:${target.accountId}:log-group:${logGroupName}`;
  const values = [
    ...["error.message", "error.responseType", "integrationErrorMessage", "integration.error", "authorizer.error"],
    ...["integrationStatus", "integration.integrationStatus", "integration.status", "integrationLatency"],
    "integration.latency",
  ].map((name) => `"${name}":"$context.${name}"`);
  const Format = `{"path":"$context.path","status":"$context.status","agent":"$context.identity.userAgent",${values.join(",")}}`;
  await target.newStage(ApiId, { AccessLogSettings: { DestinationArn, Format } });
  await target.call(ApiId, "/x", { headers: { "user-agent": 'say "hi"' } });
  for (const path of ["/throw", "/wrong", "/answer", "/signed"]) await target.call(ApiId, path);
  const lines = async () =>
    (await logs.send(new FilterLogEventsCommand({ logGroupName }))).events?.map(({ message }) =>
      JSON.parse(message ?? ""),
    );
  const line = (path: string, status: string, more: object) => expect.objectContaining({ path, status, ...more });
  const ms = expect.stringMatching(/^\d+$/);
  const latency = { integrationLatency: ms, "integration.latency": ms };
  const statuses = (ofLambda: string, ofCode: string) => ({
    ...{ integrationStatus: ofLambda, "integration.integrationStatus": ofLambda, "integration.status": ofCode },
  });
  const none = { "error.message": "-", "error.responseType": "-", "integration.error": "-", "authorizer.error": "-" };
  const internal = { "error.message": "Internal Server Error", "error.responseType": "API_CONFIGURATION_ERROR" };
  const failed = (error: RegExp) => ({
    ...{ ...internal, ...latency, ...statuses("200", "-") },
    ...{ integrationErrorMessage: expect.stringMatching(error), "integration.error": expect.stringMatching(error) },
  });
  await expect
    .poll(async () => [...((await lines()) ?? [])].toSorted((a, b) => (a.path < b.path ? -1 : 1)), { timeout: 60_000 })
    .toEqual([
      line("/answer", "418", { ...none, ...latency, ...statuses("200", "418") }),
      line("/signed", "403", {
        ...{ "error.message": "Forbidden", "error.responseType": "ACCESS_DENIED", integrationLatency: "-" },
        ...{ "authorizer.error": expect.stringMatching(/../), "integration.status": "-" },
      }),
      line("/throw", "500", failed(/Unhandled/)),
      line("/wrong", "500", failed(/statusCode is a string/)),
      line("/x", "200", { agent: 'say "hi"', ...none, ...latency, ...statuses("200", "200") }),
    ]);
  await logs.send(new DeleteLogGroupCommand({ logGroupName }));
});
