import {
  DeleteDashboardsCommand,
  GetDashboardCommand,
  ListDashboardsCommand,
  ListTagsForResourceCommand,
  PutDashboardCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type CloudWatchTarget, cloudwatchTarget } from "./cloudwatchTarget.ts";

let target: CloudWatchTarget;
beforeAll(async () => void (target = await cloudwatchTarget()));
afterAll(async () => await target[Symbol.asyncDispose]());

test("a dashboard is kept as it was given, listed, tagged and deleted", async () => {
  const { cloudwatch } = target;
  const DashboardName = target.newName();
  const DashboardBody = '{ "widgets": [ ] }';
  const DashboardArn = `arn:aws:cloudwatch::${target.accountId}:dashboard/${DashboardName}`;
  const put = await cloudwatch.send(
    new PutDashboardCommand({ DashboardName, DashboardBody, Tags: [{ Key: "a", Value: "1" }] }),
  );
  expect(put.DashboardValidationMessages).toEqual([]);
  expect(await cloudwatch.send(new GetDashboardCommand({ DashboardName }))).toMatchObject({
    DashboardName,
    DashboardBody,
    DashboardArn,
  });
  const { DashboardEntries } = await cloudwatch.send(new ListDashboardsCommand({ DashboardNamePrefix: DashboardName }));
  expect(DashboardEntries).toEqual([{ DashboardName, DashboardArn, LastModified: expect.any(Date), Size: 18 }]);
  await cloudwatch.send(new TagResourceCommand({ ResourceARN: DashboardArn, Tags: [{ Key: "b", Value: "2" }] }));
  await cloudwatch.send(new UntagResourceCommand({ ResourceARN: DashboardArn, TagKeys: ["a"] }));
  const { Tags } = await cloudwatch.send(new ListTagsForResourceCommand({ ResourceARN: DashboardArn }));
  expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
  const names = [DashboardName, "no-such-dashboard"];
  const partly = await refusal(cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: names })));
  expect(partly).toMatchObject({ status: 404, message: "Dashboard no-such-dashboard does not exist" });
  await cloudwatch.send(new DeleteDashboardsCommand({ DashboardNames: [DashboardName] }));
  expect(await refusal(cloudwatch.send(new GetDashboardCommand({ DashboardName })))).toMatchObject({
    status: 404,
    message: `Dashboard ${DashboardName} does not exist`,
  });
});

test("a body that is no JSON object, and a name with other characters, are refused", async () => {
  const put = async (DashboardName: string, DashboardBody: string) =>
    await refusal(target.cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody })));
  expect(await put("d", "[]")).toMatchObject({ status: 400, message: expect.stringContaining("valid JSON object") });
  expect(await put("a b", "{}")).toMatchObject({ status: 400, message: expect.stringContaining("invalid characters") });
});
