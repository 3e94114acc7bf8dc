import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CloudWatchLogsServiceException,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { InvokeCommand, LambdaClient, LambdaServiceException } from "@aws-sdk/client-lambda";
import { type RunningHearth, sampleFunctions, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

/** The CloudTrail records of the owner's account with this event name. */
async function recordsOf(hearth: RunningHearth, EventName: string): Promise<{ requestID: string; input: object }[]> {
  const client = new CloudTrailClient(hearth.clientConfig);
  const records: { requestID: string; input: object }[] = [];
  let NextToken: string | undefined;
  do {
    const LookupAttributes = [{ AttributeKey: "EventName" as const, AttributeValue: EventName }];
    const page = await client.send(new LookupEventsCommand({ LookupAttributes, NextToken }));
    for (const { CloudTrailEvent = "" } of page.Events ?? []) {
      const { requestID, requestParameters } = JSON.parse(CloudTrailEvent) as {
        requestID: string;
        requestParameters: object;
      };
      records.push({ requestID, input: requestParameters });
    }
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  client.destroy();
  return records;
}

test("calls that were answered before a SIGKILL are in the audit trail", async () => {
  await using hearth = await startHearth();
  const answered: string[] = [];
  const write = async (writer: number): Promise<void> => {
    const client = new CloudWatchLogsClient({ ...hearth.clientConfig, maxAttempts: 1 });
    try {
      for (let count = 0; ; count++) {
        const logGroupName = `group-${writer}-${count}`;
        const { $metadata } = await client.send(new CreateLogGroupCommand({ logGroupName }));
        answered.push($metadata.requestId ?? "");
      }
    } catch (error) {
      if (error instanceof CloudWatchLogsServiceException && error.$metadata.httpStatusCode !== undefined) throw error;
    }
    client.destroy();
  };
  const writers = [0, 1, 2, 3].map(write);
  await expect.poll(() => answered.length).toBeGreaterThan(50);
  await hearth.kill("SIGKILL");
  await Promise.all(writers);
  await hearth.start();
  const recorded = new Set((await recordsOf(hearth, "CreateLogGroup")).map(({ requestID }) => requestID));
  expect(answered.filter((requestId) => !recorded.has(requestId))).toEqual([]);
});

test("a flood of denied calls does not fill the trail, and the trail says how many it left out", async () => {
  await using hearth = await startHearth();
  const iam = new IAMClient(hearth.clientConfig);
  await iam.send(new CreateUserCommand({ UserName: "flood" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "flood" }));
  iam.destroy();
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  const client = new LambdaClient({ ...hearth.clientConfig, credentials, maxAttempts: 1 });
  const FLOOD = 1_500;
  const deny = async (): Promise<void> => {
    for (let count = 0; count < FLOOD / 10; count++) {
      await expect(client.send(new InvokeCommand({ FunctionName: "f" }))).rejects.toBeInstanceOf(
        LambdaServiceException,
      );
    }
  };
  await Promise.all(Array.from({ length: 10 }, deny));
  client.destroy();
  await hearth.restart(); // the stop writes the rows that wait
  const denied = (await recordsOf(hearth, "Invoke")).length;
  expect(denied).toBeGreaterThanOrEqual(300);
  expect(denied).toBeLessThan(1_000);
  const dropped = (await recordsOf(hearth, "AuditEventsDropped")).map(
    ({ input }) => (input as { dropped: number }).dropped,
  );
  expect(denied + dropped.reduce((sum, count) => sum + count, 0)).toBe(FLOOD);
});

test("Invoke is in the trail only with HEARTH_AUDIT_INVOKES=1, and then without its payload", async () => {
  await using hearth = await startHearth();
  const client = lambdaClient(hearth);
  await createActive(client, { FunctionName: "quiet", files: sampleFunctions.nodeContext });
  await invoke(client, "quiet", { word: "before" });
  await hearth.restart({ HEARTH_AUDIT_INVOKES: "1" });
  expect(await recordsOf(hearth, "Invoke")).toEqual([]);
  const { requestId } = await invoke(client, "quiet", { word: "open-sesame" });
  await expect.poll(async () => (await recordsOf(hearth, "Invoke")).length).toBe(1);
  const [record] = await recordsOf(hearth, "Invoke");
  expect(record).toMatchObject({ requestID: requestId, input: { functionName: "quiet" } });
  expect(JSON.stringify(record)).not.toContain("open-sesame");
  client.destroy();
});
