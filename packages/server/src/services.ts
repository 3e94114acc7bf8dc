import type { ServiceRoom } from "@hearth/access";
import { admin, adminEnvironments, type AdminHouse } from "@hearth/admin";
import { lambda, type LambdaHouse, lambdaInvoke } from "@hearth/api";
import {
  apigatewayTests,
  apigatewayv2,
  type ApiGatewayHouse,
  cloudtrail,
  cloudwatch,
  dynamodb,
  eventbridge,
  type EventBridgeHouse,
  iam,
  iot,
  iotdata,
  type IotHouse,
  kinesis,
  logs,
  type MonitoringHouse,
  type LogsHouse,
  type ObjectsHouse,
  type QueuesHouse,
  s3,
  scheduler,
  type SecretsHouse,
  secretsmanager,
  type SendingHouse,
  sns,
  sqs,
  ssm,
  type StreamsHouse,
  type TablesHouse,
  sts,
  type TopicsHouse,
  type TimersHouse,
} from "@hearth/services";

/** What the process offers to the services of the list below. */
export interface ServiceHouse
  extends
    LambdaHouse, //
    AdminHouse,
    QueuesHouse,
    ObjectsHouse,
    SendingHouse,
    MonitoringHouse,
    LogsHouse,
    StreamsHouse,
    TablesHouse,
    TimersHouse,
    SecretsHouse,
    TopicsHouse,
    IotHouse,
    ApiGatewayHouse,
    EventBridgeHouse {}

/** Every service that Hearth answers: adding one takes an import and a line here, and nothing else in this package. */
export const SERVICES: readonly ServiceRoom<ServiceHouse>[] = [
  lambda, // all of the Lambda API in a process that runs functions, otherwise all except Invoke
  lambdaInvoke, // Invoke, when another process serves the rest
  sts,
  iam,
  logs,
  cloudtrail,
  s3,
  sqs,
  sns,
  cloudwatch,
  eventbridge,
  kinesis,
  dynamodb,
  scheduler,
  ssm,
  secretsmanager,
  iot,
  iotdata,
  apigatewayv2,
  apigatewayTests, // tests of methods, when another process serves the rest
  admin,
  adminEnvironments, // what only a process that runs functions knows, when another process serves the rest
];
