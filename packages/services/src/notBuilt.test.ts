import * as apiGatewaySdk from "@aws-sdk/client-api-gateway";
import * as apiGatewayV2Sdk from "@aws-sdk/client-apigatewayv2";
import * as cloudtrailSdk from "@aws-sdk/client-cloudtrail";
import * as cloudwatchSdk from "@aws-sdk/client-cloudwatch";
import * as logsSdk from "@aws-sdk/client-cloudwatch-logs";
import * as dynamodbSdk from "@aws-sdk/client-dynamodb";
import * as dynamodbStreamsSdk from "@aws-sdk/client-dynamodb-streams";
import * as eventbridgeSdk from "@aws-sdk/client-eventbridge";
import * as kinesisSdk from "@aws-sdk/client-kinesis";
import * as iotSdk from "@aws-sdk/client-iot";
import * as iotDataSdk from "@aws-sdk/client-iot-data-plane";
import * as iamSdk from "@aws-sdk/client-iam";
import * as snsSdk from "@aws-sdk/client-sns";
import * as s3Sdk from "@aws-sdk/client-s3";
import * as sqsSdk from "@aws-sdk/client-sqs";
import * as schedulerSdk from "@aws-sdk/client-scheduler";
import * as secretsSdk from "@aws-sdk/client-secrets-manager";
import * as ssmSdk from "@aws-sdk/client-ssm";
import * as stsSdk from "@aws-sdk/client-sts";
import type { ServiceRoom } from "@hearth/access";
import { expect, test } from "vitest";
import type { ApiGatewayHouse } from "./apigatewayv2/deps.ts";
import { apigatewayv2 } from "./apigatewayv2/service.ts";
import { cloudtrail } from "./cloudtrail/service.ts";
import type { MonitoringHouse } from "./cloudwatch/deps.ts";
import { cloudwatch } from "./cloudwatch/service.ts";
import type { TablesHouse } from "./dynamodb/deps.ts";
import { dynamodb } from "./dynamodb/service.ts";
import type { EventBridgeHouse } from "./eventbridge/deps.ts";
import { eventbridge } from "./eventbridge/service.ts";
import { iam } from "./iam/service.ts";
import type { StreamsHouse } from "./kinesis/deps.ts";
import { iot } from "./iot/service.ts";
import { iotdata } from "./iotdata/service.ts";
import type { IotHouse } from "./iotHouse.ts";
import { kinesis } from "./kinesis/service.ts";
import type { LogsHouse } from "./logs/deps.ts";
import { logs } from "./logs/service.ts";
import type { TopicsHouse } from "./sns/deps.ts";
import { sns } from "./sns/service.ts";
import type { ObjectsHouse } from "./s3/deps.ts";
import { s3 } from "./s3/service.ts";
import type { QueuesHouse } from "./sqs/deps.ts";
import { sqs } from "./sqs/service.ts";
import type { TimersHouse } from "./timersHouse.ts";
import { scheduler } from "./scheduler/service.ts";
import { secretsmanager } from "./secretsmanager/service.ts";
import { ssm } from "./ssm/service.ts";
import { sts } from "./sts/service.ts";

/** What no SDK sends. */
const OF_BROWSERS: ReadonlySet<string> = new Set(["PostObjectCommand"]);

/** Its members are not asked for. */
const house = {} as QueuesHouse &
  ObjectsHouse &
  MonitoringHouse &
  StreamsHouse &
  TablesHouse &
  TopicsHouse &
  TimersHouse &
  LogsHouse &
  IotHouse &
  ApiGatewayHouse &
  EventBridgeHouse;

/** A service whose signing name several APIs have has the SDK of each. */
const services: readonly (readonly [ServiceRoom<typeof house>, ...object[]])[] = [
  [apigatewayv2, apiGatewaySdk, apiGatewayV2Sdk],
  [iam, iamSdk],
  [sts, stsSdk],
  [logs, logsSdk],
  [cloudtrail, cloudtrailSdk],
  [sns, snsSdk],
  [s3, s3Sdk],
  [sqs, sqsSdk],
  [ssm, ssmSdk],
  [secretsmanager, secretsSdk],
  [scheduler, schedulerSdk],
  [cloudwatch, cloudwatchSdk],
  [iot, iotSdk],
  [iotdata, iotDataSdk],
  [kinesis, kinesisSdk],
  [dynamodb, { ...dynamodbSdk, ...dynamodbStreamsSdk }],
  [eventbridge, eventbridgeSdk],
];

test.for(services)("every operation of the SDK is built, or listed as not built, once", ([room, ...sdks]) => {
  const commands = sdks.flatMap((sdk) => Object.keys(sdk).filter((name) => /^[A-Z]\w+Command$/.test(name)));
  const ours = [...room.open(house), ...room.notBuilt].map(({ name }) => `${name}Command`);
  expect(ours.filter((name) => !OF_BROWSERS.has(name)).toSorted()).toEqual(commands.toSorted());
});
