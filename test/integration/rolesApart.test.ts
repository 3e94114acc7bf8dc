import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
} from "@aws-sdk/client-apigatewayv2";
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { AddPermissionCommand, InvokeCommand, LambdaClient, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import {
  CreateTopicCommand,
  ListSubscriptionsCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { run } from "@hearth/cli";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { startEmbeddedPostgres } from "@hearth/store";
import { RunningHearth, sampleFunctions } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newIntegrationRole } from "../conformance/apigateway/integrationRoles.ts";
import { createActive } from "../support/lambda.ts";

const clock = new SystemClock();
const OWNER = { accessKeyId: "OWNERKEY", secretAccessKey: "of-this-test-alone" };
const ACCOUNT = "111122223333";

let stack: AsyncDisposableStack;
let control: RunningHearth;
let events: RunningHearth;
let invoker: RunningHearth;

/** Each role as a process of its own, on one PostgreSQL, without containers. */
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "hearth-roles-"));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const postgres = stack.use(
    await startEmbeddedPostgres({ ...deps, dataDir: join(folder, "postgres"), signal: new AbortController().signal }),
  );
  const { host = "", user, database } = postgres.connection;
  const shared = {
    DATABASE_URL: `postgres://${user}@${encodeURIComponent(host)}/${database}`,
    HEARTH_MASTER_KEY: "roles-apart-master-key-0123456789-abcdef",
    HEARTH_ACCESS_KEY_ID: OWNER.accessKeyId,
    HEARTH_SECRET_ACCESS_KEY: OWNER.secretAccessKey,
  };
  const start = async (role: string, env: Readonly<Record<string, string>> = {}): Promise<RunningHearth> => {
    const hearth = stack.use(
      new RunningHearth(join(folder, "data"), { env: { ...shared, HEARTH_ROLE: role, ...env } }),
    );
    await hearth.start();
    return hearth;
  };
  await mkdir(join(folder, "data"), { mode: 0o700 });
  control = await start("control");
  events = await start("events");
  await start("launcher");
  invoker = await start("invoker", { HEARTH_CONTROL_URL: control.endpoint, HEARTH_EVENTS_URL: events.endpoint });
}, 180_000);
afterAll(() => stack.disposeAsync());

type Key = typeof OWNER;

async function command(...args: string[]): Promise<string> {
  let out = "";
  const env = {
    AWS_ENDPOINT_URL: invoker.endpoint,
    AWS_ACCESS_KEY_ID: OWNER.accessKeyId,
    AWS_SECRET_ACCESS_KEY: OWNER.secretAccessKey,
  };
  const code = await run(args, {
    env,
    out: (text) => void (out += text),
    complain: (text) => void (out += text),
    sleep: (ms) => clock.sleep(ms),
  });
  if (code !== 0) throw new Error(`hearth ${args.join(" ")} ended with ${code}: ${out}`);
  return out;
}

/** What each process that verifies signatures answers to a request signed with `credentials`: ok, or the error's name. */
async function answers(credentials: Key): Promise<Record<string, string>> {
  const at = (hearth: RunningHearth) => ({ ...hearth.clientConfig, credentials, maxAttempts: 1 });
  const requests = {
    control: new LambdaClient(at(control)).send(new ListFunctionsCommand({})),
    events: new CloudWatchLogsClient(at(events)).send(new DescribeLogGroupsCommand({})),
    invoker: new LambdaClient(at(invoker)).send(new InvokeCommand({ FunctionName: "f" })),
    "control through the invoker": new LambdaClient(at(invoker)).send(new ListFunctionsCommand({})),
    "events through the invoker": new CloudWatchLogsClient(at(invoker)).send(new DescribeLogGroupsCommand({})),
  };
  const said = Object.entries(requests).map(async ([name, request]) => [
    name,
    await request.then(
      () => "ok",
      (error: Error) => error.name,
    ),
  ]);
  return Object.fromEntries(await Promise.all(said)) as Record<string, string>;
}

const all = (answer: unknown) => ({
  control: answer,
  events: answer,
  invoker: answer,
  "control through the invoker": answer,
  "events through the invoker": answer,
});

test("a key that is switched off or deleted is refused by control, events and invoker, and taken again by all once it is on", async () => {
  await command("accounts", "create", ACCOUNT);
  const key = JSON.parse(await command("keys", "create", "--account", ACCOUNT, "--json")) as Key;
  const client = new LambdaClient({ ...invoker.clientConfig, credentials: key });
  await createActive(client, {
    FunctionName: "f",
    Role: `arn:aws:iam::${ACCOUNT}:role/any`,
    files: sampleFunctions.nodeEcho,
  });
  expect(await answers(key)).toEqual(all("ok"));
  const refused = expect.stringMatching(/^(UnrecognizedClientException|InvalidClientTokenId)$/);
  await command("keys", "disable", key.accessKeyId);
  await expect.poll(() => answers(key), { timeout: 30_000 }).toEqual(all(refused));
  await command("keys", "enable", key.accessKeyId);
  await expect.poll(() => answers(key), { timeout: 30_000 }).toEqual(all("ok"));
  await command("keys", "delete", key.accessKeyId);
  await expect.poll(() => answers(key), { timeout: 30_000 }).toEqual(all(refused));
});

test("topics are served through the invoker, and so are the links in their messages; a function in the invoker gets what is published", async () => {
  const config = { ...invoker.clientConfig, credentials: OWNER };
  const [lambda, sns, logs] = [new LambdaClient(config), new SNSClient(config), new CloudWatchLogsClient(config)];
  const files = { "index.mjs": "export const handler = async (event) => console.log(JSON.stringify(event));\n" };
  await createActive(lambda, { FunctionName: "told", files });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "news" }));
  const Endpoint = TopicArn?.replace(":sns:", ":lambda:").replace(/news$/, "function:told");
  const permission = { StatementId: "sns", Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com" };
  await lambda.send(new AddPermissionCommand({ FunctionName: "told", ...permission, SourceArn: TopicArn }));
  const { SubscriptionArn } = await sns.send(new SubscribeCommand({ TopicArn, Protocol: "lambda", Endpoint }));
  await sns.send(new PublishCommand({ TopicArn, Message: "hello" }));
  const logged = async (): Promise<string | undefined> => {
    const found = await logs.send(
      new FilterLogEventsCommand({ logGroupName: "/aws/lambda/told", filterPattern: '"aws:sns"' }),
    );
    return found.events?.[0]?.message;
  };
  await expect.poll(logged, { timeout: 60_000 }).toContain(SubscriptionArn);
  const [path = ""] = /\/SimpleNotificationService-[0-9a-f]{32}\.pem/.exec((await logged()) ?? "") ?? [];
  const certificate = await fetch(`${invoker.endpoint}${path}`);
  expect([certificate.status, await certificate.text()]).toEqual([200, expect.stringContaining("BEGIN CERTIFICATE")]);
  await fetch(`${invoker.endpoint}/?Action=Unsubscribe&SubscriptionArn=${SubscriptionArn}`);
  expect((await sns.send(new ListSubscriptionsCommand({}))).Subscriptions).toEqual([]);
});

test("an API in the invoker sends to a queue in events, by a role", async () => {
  const config = { ...invoker.clientConfig, credentials: OWNER };
  await using clients = new AsyncDisposableStack();
  const apis = clients.adopt(new ApiGatewayV2Client(config), (it) => it.destroy());
  const sqs = clients.adopt(new SQSClient(config), (it) => it.destroy());
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "orders" }));
  const CredentialsArn = await newIntegrationRole(config, ["sqs:SendMessage"]);
  const { ApiId } = await apis.send(new CreateApiCommand({ Name: "orders", ProtocolType: "HTTP" }));
  const { IntegrationId } = await apis.send(
    new CreateIntegrationCommand({
      ...{ ApiId, CredentialsArn, IntegrationType: "AWS_PROXY", IntegrationSubtype: "SQS-SendMessage" },
      RequestParameters: { QueueUrl, MessageBody: "$request.body" },
    }),
  );
  const Target = `integrations/${IntegrationId}`;
  await apis.send(new CreateRouteCommand({ ApiId, RouteKey: "POST /orders", Target }));
  await apis.send(new CreateStageCommand({ ApiId, StageName: "live", AutoDeploy: true }));
  const url = `${invoker.endpoint}/_hearth/api/${ApiId}/live/orders`;
  const post = async () => (await fetch(url, { method: "POST", body: "hello" })).status;
  await expect.poll(post, { timeout: 60_000 }).toBe(200);
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  expect(Messages).toMatchObject([{ Body: "hello" }]);
});

test("the status is asked of control, and the environments of the invoker", async () => {
  const whole = JSON.parse(await command("status", "--json")) as {
    readonly status: { readonly processes: readonly string[] };
    readonly environments: { readonly driver: string };
  };
  expect(whole.status.processes).toEqual(["control", "events", "invoker"]);
  expect(whole.environments.driver).toBe(invoker.driver);
  expect(JSON.parse(await command("functions", "list", "--json"))).toEqual(expect.any(Array));
});
