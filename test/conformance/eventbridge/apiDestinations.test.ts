import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  CreateEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type OutsideAnswer, OutsideServer, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const onAws = process.env["TARGET"] === "aws" ? "AWS cannot reach an endpoint on this machine" : undefined;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("API destinations", skipReason(onAws), () => {
  let hearth: RunningHearth;
  let events: EventBridgeClient;
  let sqs: SQSClient;
  let server: OutsideServer;
  let RoleArn: string;
  let dead: { readonly QueueUrl: string; readonly Arn: string };
  beforeAll(async () => {
    server = await OutsideServer.open();
    hearth = await startHearth({ env: { HEARTH_OUTBOUND_ALLOW: `*=127.0.0.1/32:${server.port}` } });
    const config = { ...hearth.clientConfig, maxAttempts: 1 };
    events = new EventBridgeClient(config);
    sqs = new SQSClient(config);
    RoleArn = await newRole(new IAMClient(config));
    dead = await newOpenQueue(sqs);
  });
  afterAll(async () => {
    events.destroy();
    sqs.destroy();
    await hearth[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  let count = 0;
  /** A bus whose events go to `path` of the server. Resolves with what puts an event there. */
  const newRoute = async (
    path: string,
    connection: Pick<CreateConnectionCommandInput, "AuthorizationType" | "AuthParameters">,
    { retries = 3, PathParameterValues }: { readonly retries?: number; readonly PathParameterValues?: string[] } = {},
  ): Promise<(detail: unknown) => Promise<void>> => {
    const Name = `route-${count++}`;
    await events.send(new CreateEventBusCommand({ Name }));
    const { ConnectionArn } = await events.send(new CreateConnectionCommand({ Name, ...connection }));
    const InvocationEndpoint = `${server.url}${path}`;
    const { ApiDestinationArn: Arn } = await events.send(
      new CreateApiDestinationCommand({ Name, ConnectionArn, InvocationEndpoint, HttpMethod: "POST" }),
    );
    await events.send(new PutRuleCommand({ Name, EventBusName: Name, EventPattern: '{"source":["app"]}' }));
    const InputTransformer = { InputPathsMap: { n: "$.detail.n" }, InputTemplate: '{"n":<n>}' };
    const RetryPolicy = { MaximumRetryAttempts: retries };
    const HttpParameters = { HeaderParameters: { "X-N": "$.detail.n" }, PathParameterValues };
    const target = { Id: "one", Arn, RoleArn, InputTransformer, RetryPolicy, HttpParameters };
    const Targets = [{ ...target, DeadLetterConfig: { Arn: dead.Arn } }];
    await events.send(new PutTargetsCommand({ Rule: Name, EventBusName: Name, Targets }));
    return async (detail) => {
      const entry = { EventBusName: Name, Source: "app", DetailType: "t", Detail: JSON.stringify(detail) };
      expect((await events.send(new PutEventsCommand({ Entries: [entry] }))).FailedEntryCount).toBe(0);
    };
  };
  const BASIC = {
    AuthorizationType: "BASIC",
    AuthParameters: { BasicAuthParameters: { Username: "ann", Password: "s3cret" } },
  } as const;
  /** Waits for the requests to a path. */
  const received = async (path: string, wanted: number) => {
    const found = () => server.received.filter(({ url }) => url.startsWith(path));
    while (found().length < wanted) await server.receives(server.received.length + 1);
    return found();
  };

  test("get what the rule makes of an event, with a name and password", async () => {
    const put = await newRoute("/basic/*", BASIC, { PathParameterValues: ["$.detail.id"] });
    await put({ n: 7, id: "a b" });
    const [request] = await received("/basic", 1);
    expect(request).toMatchObject({ method: "POST", url: "/basic/a%20b", body: '{"n":7}' });
    expect(request?.headers).toMatchObject({
      ...{ authorization: `Basic ${base64("ann:s3cret")}`, "x-n": "7" },
      ...{ "content-type": "application/json; charset=utf-8", "user-agent": "Amazon/EventBridge/ApiDestinations" },
    });
  });

  test("get an API key, and what the connection adds", async () => {
    const put = await newRoute("/key", {
      AuthorizationType: "API_KEY",
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "X-Api-Key", ApiKeyValue: "k1" },
        InvocationHttpParameters: {
          QueryStringParameters: [{ Key: "v", Value: "2" }],
          BodyParameters: [{ Key: "extra", Value: "hidden", IsValueSecret: true }],
        },
      },
    });
    await put({ n: 1 });
    const [request] = await received("/key", 1);
    expect(request).toMatchObject({ url: "/key?v=2", body: '{"n":1,"extra":"hidden"}' });
    expect(request?.headers["x-api-key"]).toBe("k1");
  });

  test("get an OAuth token, and a new one after they refused it", async () => {
    let tokens = 0;
    server.answer = ({ url, headers, body }, response) => {
      const isToken = url === "/token";
      if (isToken) expect(new URLSearchParams(body).get("client_secret")).toBe("cs");
      const isRefused = url === "/oauth" && headers.authorization === "Bearer t1";
      const answer = isToken ? JSON.stringify({ access_token: `t${++tokens}`, expires_in: 3600 }) : "";
      response.writeHead(isRefused ? 401 : 200, { "content-type": "application/json" }).end(answer);
    };
    const put = await newRoute("/oauth", {
      AuthorizationType: "OAUTH_CLIENT_CREDENTIALS",
      AuthParameters: {
        OAuthParameters: {
          ClientParameters: { ClientID: "id", ClientSecret: "cs" },
          ...{ AuthorizationEndpoint: `${server.url}/token`, HttpMethod: "POST" },
        },
      },
    });
    await put({ n: 1 });
    const requests = await received("/oauth", 2);
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer t1", "Bearer t2"]);
    server.answer = { status: 200 };
  });

  test("get an event again that they did not take, as often as the rule says; then its dead-letter queue has it", async () => {
    const failing: OutsideAnswer = { status: 503 };
    server.next.push(failing, { status: 200 });
    const put = await newRoute("/again", BASIC);
    await put({ n: 2 });
    expect((await received("/again", 2)).map(({ body }) => body)).toEqual(['{"n":2}', '{"n":2}']);
    server.next.push(failing, failing);
    await (
      await newRoute("/never", BASIC, { retries: 1 })
    )({ n: 3 });
    expect(await nextLetter()).toEqual(['{"n":3}', "ERROR_FROM_TARGET", "MaximumRetryAttempts"]);
    expect(await received("/never", 2)).toHaveLength(2);
    server.next.push({ status: 400 });
    await (
      await newRoute("/wrong", BASIC)
    )({ n: 4 });
    expect(await nextLetter()).toEqual(['{"n":4}', "ERROR_FROM_TARGET", undefined]);
    expect(await received("/wrong", 1)).toHaveLength(1);
  });

  /** The body of the next dead letter, and why it is one. */
  async function nextLetter(): Promise<readonly (string | undefined)[]> {
    const { QueueUrl } = dead;
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 10, MessageAttributeNames: ["All"] }),
      );
      const [letter] = Messages;
      if (!letter) continue;
      const { ERROR_CODE, EXHAUSTED_RETRY_CONDITION } = letter.MessageAttributes ?? {};
      return [letter.Body, ERROR_CODE?.StringValue, EXHAUSTED_RETRY_CONDITION?.StringValue];
    }
  }
});

async function newRole(iam: IAMClient): Promise<string> {
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const trust = document({ Principal: { Service: "events.amazonaws.com" }, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "events", AssumeRolePolicyDocument: trust }));
  const PolicyDocument = document({ Action: "events:InvokeApiDestination", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName: "events", PolicyName: "own", PolicyDocument }));
  iam.destroy();
  return Role?.Arn ?? "";
}

async function newOpenQueue(sqs: SQSClient): Promise<{ readonly QueueUrl: string; readonly Arn: string }> {
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "dead" }));
  const [QueueName, accountId] = QueueUrl.split("/").toReversed();
  const Arn = `arn:aws:sqs:us-east-1:${accountId}:${QueueName}`;
  const statement = { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sqs:SendMessage" };
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, Resource: Arn }] });
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  return { QueueUrl, Arn };
}
