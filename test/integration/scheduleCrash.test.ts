import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { Database, startEmbeddedPostgres } from "@hearth/store";
import { RunningHearth } from "@hearth/testkit";
import { expect, test } from "vitest";

const COUNT = 200;
const RATES = 5;
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };

test("kill -9 of one of two processes while schedules fire: each occurrence is sent, and none twice", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "hearth-schedules-"));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const dataDir = join(folder, "postgres");
  const postgres = stack.use(await startEmbeddedPostgres({ ...deps, dataDir, signal: new AbortController().signal }));
  const { host = "", user, database: name } = postgres.connection;
  const env = {
    DATABASE_URL: `postgres://${user}@${encodeURIComponent(host)}/${name}`,
    HEARTH_MASTER_KEY: "schedules-master-key-0123456789-abcdef",
  };
  // A data directory belongs to one process of a role.
  let count = 0;
  const start = async (role: string): Promise<RunningHearth> => {
    const data = join(folder, `data-${count++}`);
    await mkdir(data, { mode: 0o700 });
    const hearth = stack.use(new RunningHearth(data, { env: { ...env, HEARTH_ROLE: role } }));
    await hearth.start();
    return hearth;
  };
  const control = await start("control");
  const [first, second] = [await start("events"), await start("events")];
  const database = stack.use(new Database({ connection: postgres.connection }, deps));

  const iam = new IAMClient(control.clientConfig);
  const [RoleName, PolicyName] = ["sends", "sends"];
  const document = (more: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...more }] });
  const trust = document({ Principal: { Service: "scheduler.amazonaws.com" }, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = document({ Action: "sqs:SendMessage", Resource: "*" });
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  await new SQSClient(first.clientConfig).send(new CreateQueueCommand({ QueueName: "fired" }));

  const Target = {
    Arn: "arn:aws:sqs:us-east-1:000000000000:fired",
    RoleArn: Role?.Arn ?? "",
    Input: "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>",
  };
  const create = async (Name: string, ScheduleExpression: string, client: SchedulerClient): Promise<unknown> => {
    const FlexibleTimeWindow = { Mode: "OFF" } as const;
    return await client.send(new CreateScheduleCommand({ Name, ScheduleExpression, FlexibleTimeWindow, Target }));
  };
  const clients = [first, second].map((hearth) => new SchedulerClient(hearth.clientConfig));
  // They are due within the next seconds, some while the process is killed.
  const from = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
  const timeOf = (index: number): string => new Date(from + (index % 6) * 1_000).toISOString().slice(0, 19);
  const expected: string[] = [];
  const creating = Array.from({ length: COUNT }, async (_, index) => {
    const Name = `once-${index}`;
    expected.push(`arn:aws:scheduler:us-east-1:000000000000:schedule/default/${Name} ${timeOf(index)}Z`);
    await create(Name, `at(${timeOf(index)})`, clients[index % 2] as SchedulerClient);
  });
  await Promise.all(creating);
  for (let index = 0; index < RATES; index++)
    await create(`rate-${index}`, "rate(1 minute)", clients[1] as SchedulerClient);

  const sent = async (): Promise<string[]> => {
    const sql = "SELECT body FROM sqs_messages m JOIN sqs_bodies b ON b.slot = m.body_slot AND b.id = m.id";
    return (await database.query<{ body: string }>(sql)).map(({ body }) => body);
  };
  await expect.poll(async () => (await sent()).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(COUNT / 4);
  await first.kill("SIGKILL");
  await expect.poll(async () => (await sent()).length, { timeout: 60_000 }).toBeGreaterThanOrEqual(COUNT + RATES);
  const bodies = await sent();
  expect(new Set(bodies).size).toBe(bodies.length);
  expect(expected.filter((body) => !bodies.includes(body))).toEqual([]);
  const rates = bodies.filter((body) => body.includes("/rate-"));
  expect(new Set(rates.map((body) => body.split(" ")[0])).size).toBe(RATES);
});
