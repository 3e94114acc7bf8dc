import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricWidgetImageCommand,
  ListDashboardsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { AwsError } from "@hearth/model";
import { SmithyRpcV2CborProtocol } from "@smithy/core/cbor";
import { expect, test } from "vitest";
import { z } from "zod";
import { decodeCbor, encodeCbor } from "../codecs/cbor.ts";
import { operation } from "../operation.ts";
import { shapeOf } from "../schema/shape.ts";
import { blob } from "../schema/traits.ts";
import { serveToy, type ToyService } from "../testing/toyServer.ts";

class ResourceNotFound extends AwsError {
  readonly code = "ResourceNotFound";
  readonly httpStatus = 404;
}

const AT = new Date(1_700_000_000_250);
const stored: unknown[] = [];
const putMetricData = operation({
  name: "PutMetricData",
  input: z.object({
    Namespace: z.string(),
    MetricData: z.array(z.object({ MetricName: z.string(), Timestamp: z.date(), Value: z.number() })),
  }),
  errors: [],
  handle: async (input) => {
    stored.push(input);
    return undefined;
  },
});
const getMetricData = operation({
  name: "GetMetricData",
  input: z.object({ StartTime: z.date(), EndTime: z.date(), MetricDataQueries: z.array(z.object({ Id: z.string() })) }),
  output: z.object({
    MetricDataResults: z.array(
      z.object({ Id: z.string(), Timestamps: z.array(z.date()), Values: z.array(z.number()) }),
    ),
  }),
  errors: [],
  handle: async ({ StartTime, MetricDataQueries }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, Timestamps: [StartTime], Values: [1, 2.5, -3] })),
    Messages: undefined,
  }),
});
const getMetricWidgetImage = operation({
  name: "GetMetricWidgetImage",
  input: z.object({ MetricWidget: z.string() }),
  output: z.object({ MetricWidgetImage: blob() }),
  errors: [],
  handle: async () => ({ MetricWidgetImage: Buffer.from([0, 255, 1]) }),
});
const describeAlarms = operation({
  name: "DescribeAlarms",
  input: z.object({}),
  errors: [ResourceNotFound],
  handle: async () => {
    throw new ResourceNotFound("No such alarm");
  },
});
const cloudWatch: ToyService = {
  signingName: "monitoring",
  protocols: ["rpc-v2-cbor", "json-1.0"],
  targetPrefix: "GraniteServiceVersion20100801",
  queryErrors: {},
  operations: [putMetricData, getMetricData, getMetricWidgetImage, describeAlarms],
  notBuilt: [{ name: "ListDashboards" }],
};

test.each(["CBOR", "JSON"])(
  "one service speaks RPC v2 CBOR and JSON 1.0 with the CloudWatch client: %s",
  async (name) => {
    await using server = await serveToy(cloudWatch);
    const inCbor = { protocol: SmithyRpcV2CborProtocol, disableRequestCompression: true };
    const client = new CloudWatchClient({ ...server.clientConfig, ...(name === "CBOR" ? inCbor : {}) });
    const sent: Record<string, string>[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        sent.push((args.request as { headers: Record<string, string> }).headers);
        return await next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const MetricData = [{ MetricName: "m", Timestamp: AT, Value: 0.25 }];
    await client.send(new PutMetricDataCommand({ Namespace: "n", MetricData }));
    expect(stored.at(-1)).toEqual({ Namespace: "n", MetricData });
    expect(sent[0]?.["content-type"]).toBe(name === "CBOR" ? "application/cbor" : "application/x-amz-json-1.0");
    const range = { StartTime: AT, EndTime: AT };
    const data = await client.send(new GetMetricDataCommand({ ...range, MetricDataQueries: [{ Id: "q" }] }));
    expect(data.MetricDataResults).toEqual([{ Id: "q", Timestamps: [AT], Values: [1, 2.5, -3] }]);
    const { MetricWidgetImage } = await client.send(new GetMetricWidgetImageCommand({ MetricWidget: "{}" }));
    expect([...(MetricWidgetImage ?? [])]).toEqual([0, 255, 1]);
    await expect(client.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
      name: "ResourceNotFound",
      message: "No such alarm",
      $metadata: { httpStatusCode: 404 },
    });
    await expect(client.send(new ListDashboardsCommand({}))).rejects.toThrow(
      "The operation ListDashboards is not implemented by Hearth.",
    );
  },
);

test("CBOR that cannot be read is a SerializationException", () => {
  const shape = shapeOf(z.object({ At: z.date(), Seconds: z.number() }));
  const read = (value: object): unknown => decodeCbor(Buffer.from(encodeCbor(value)), shape);
  expect(read({ At: AT, Seconds: AT, Other: [AT], Nothing: null })).toEqual({
    At: AT,
    Seconds: 1_700_000_000.25,
    Other: [1_700_000_000.25],
  });
  for (const body of [[0xff], [0x80], [0xa1, 0x61], [0xc2, 0x41, 0x01], [0xa1, 0x61, 0x61, 0xc5, 0x01]]) {
    expect(() => decodeCbor(Buffer.from(body), shape), body.toString()).toThrow(
      expect.objectContaining({ code: "SerializationException" }),
    );
  }
  expect(() => decodeCbor(Buffer.alloc(100_000, 0x81), shape)).toThrow(
    expect.objectContaining({ code: "SerializationException" }),
  );
  const polluting = Buffer.from([0xa1, 0x69, ...Buffer.from("__proto__"), 0xa1, 0x62, ...Buffer.from("At"), 0x01]);
  expect((decodeCbor(polluting, shape) as { At?: unknown }).At).toBeUndefined();
});
