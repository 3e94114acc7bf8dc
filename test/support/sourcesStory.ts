import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { IoTDataPlaneClient, PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { ClientConfig } from "@hearth/testkit";
import { expect } from "vitest";

/** The function of `sources.tf`: writes down what it was called with. */
export const SOURCES = `
export const handler = async (event) => {
  const seen = event.Records?.map((one) => one.kinesis ? Buffer.from(one.kinesis.data, "base64").toString() : one.dynamodb ? one.dynamodb.Keys.id.S : one.s3.object.key);
  console.log("seen " + (seen ?? ["temperature " + event.temperature]).join(" "));
};
`;

/** Writes to each source of `sources.tf`, and resolves once the function has seen all of it. */
export async function allSourcesReachFunction(config: ClientConfig): Promise<void> {
  const kinesis = new KinesisClient(config);
  const tables = new DynamoDBClient(config);
  const buckets = new S3Client({ ...config, forcePathStyle: true });
  const iot = new IoTDataPlaneClient(config);
  const logs = new CloudWatchLogsClient(config);
  try {
    await kinesis.send(new PutRecordCommand({ StreamName: "clicks", PartitionKey: "a", Data: Buffer.from("click") }));
    await tables.send(new PutItemCommand({ TableName: "pets", Item: { id: { S: "rex" } } }));
    await buckets.send(new PutObjectCommand({ Bucket: "inbox-of-sources", Key: "in/letter.txt", Body: "dear" }));
    for (const temperature of [19, 21]) {
      const payload = Buffer.from(JSON.stringify({ temperature }));
      await iot.send(new PublishCommand({ topic: "sensors/attic/data", payload, qos: 1 }));
    }
    const seen = async (): Promise<readonly string[]> => {
      const asked = new FilterLogEventsCommand({ logGroupName: "/aws/lambda/sources", filterPattern: "seen" });
      const { events = [] } = await logs.send(asked).catch(() => ({ events: [] }));
      return events.map(({ message = "" }) => message.replace(/^[^]*seen /, "").trim()).toSorted();
    };
    await expect
      .poll(seen, { timeout: 120_000, interval: 1_000 })
      .toEqual(["click", "in/letter.txt", "rex", "temperature 21"]);
  } finally {
    for (const client of [kinesis, tables, buckets, iot, logs]) client.destroy();
  }
}
