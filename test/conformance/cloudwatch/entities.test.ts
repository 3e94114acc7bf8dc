import { GetMetricStatisticsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type CloudWatchTarget, cloudwatchTarget } from "./cloudwatchTarget.ts";

let target: CloudWatchTarget;
beforeAll(async () => void (target = await cloudwatchTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

test("entities are checked: a wrong one is named in a header, or fails the request where that is asked for", async () => {
  const Namespace = target.newName();
  const Timestamp = new Date(Math.floor(Date.now() / 60_000 - 5) * 60_000);
  const headers: (string | undefined)[] = [];
  const client = target.client();
  client.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      headers.push((answer.response as { headers: Record<string, string> }).headers["x-amzn-failure-message"]);
      return answer;
    },
    { step: "deserialize", priority: "low" },
  );
  const send = async (KeyAttributes: Record<string, string>, StrictEntityValidation?: boolean) =>
    await client.send(
      new PutMetricDataCommand({
        Namespace,
        EntityMetricData: [{ Entity: { KeyAttributes }, MetricData: [{ MetricName: "m", Value: 1, Timestamp }] }],
        StrictEntityValidation,
      }),
    );
  await send({ Type: "Service", Name: "shop", Environment: "test" }, true);
  await send({ Type: "Service", Identifier: "shop" }, false);
  await send({ Type: "Ship", Name: "shop" }, false);
  await send({ Name: "shop" }, false);
  expect(headers).toEqual([undefined, "MissingRequiredFields", "InvalidTypeValue", "InvalidKeyAttributes"]);
  expect((await refusal(send({ Type: "Ship", Name: "shop" }, true))).message).toContain("InvalidTypeValue");
  expect((await refusal(send({ Type: "Service", Name: "shop" }))).message).toContain("StrictEntityValidation");
  const range = { StartTime: Timestamp, EndTime: new Date(Timestamp.getTime() + 60_000), Period: 60 };
  const read = new GetMetricStatisticsCommand({ Namespace, MetricName: "m", Statistics: ["Sum"], ...range });
  expect((await target.cloudwatch.send(read)).Datapoints?.map(({ Sum }) => Sum)).toEqual([4]);
});
