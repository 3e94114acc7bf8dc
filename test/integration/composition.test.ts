import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import {
  CreateFunctionCommand,
  LambdaClient,
  ListFunctionsCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import {
  findProgram,
  FUNCTION_IMAGES,
  noDocker,
  noTerraform,
  runProgram,
  sampleFunctions,
  shellAnswer,
  shellEvent,
  skipReason,
  zipOf,
} from "@hearth/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orderReachesResults } from "../support/eventsStory.ts";
import { createActive, invoke, ROLE } from "../support/lambda.ts";
import { type Messaging, messageReachesDestination } from "../support/messagingStory.ts";
import { PYTHON_CALLER } from "../support/pythonCaller.ts";
import { allSourcesReachFunction, SOURCES } from "../support/sourcesStory.ts";
import { TerraformProject } from "../support/terraformProject.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SERVICES = ["postgres", "redis", "control", "events", "invoker", "launcher"] as const;
const UNPRIVILEGED: readonly string[] = ["control", "events", "invoker"];
const IMAGES = {
  POSTGRES_IMAGE: "hearth/postgres:15",
  REDIS_IMAGE: "hearth/redis:7",
  HEARTH_IMAGE: "hearth/server:local",
};

/** Lines of the containers' logs that are shown after a test: errors of Hearth and of PostgreSQL, and warnings too where it failed. */
const ERROR = /"level":[56]0|\b(?:ERROR|FATAL|PANIC): |terminated by signal/;
const WARNING = /"level":[4-6]0|\b(?:WARNING|ERROR|FATAL|PANIC|LOG): /;
const LINES_SHOWN = 40;

/** `docker compose` if the plugin is installed, otherwise Debian's `docker-compose`. */
async function composeCommand(): Promise<readonly string[] | undefined> {
  const docker = findProgram("docker");
  if (docker && (await runProgram(docker, ["compose", "version"])).code === 0) return [docker, "compose"];
  const old = findProgram("docker-compose");
  return old ? [old] : undefined;
}

const command = await composeCommand();
const missing =
  (await noDocker()) ?? (command ? undefined : "neither `docker compose` nor docker-compose is installed");

describe("docker-compose.yml", skipReason(missing), () => {
  const project = `hearth-test-${process.pid}`;
  const folder = mkdtempSync(join(tmpdir(), "hearth-composition-"));
  const key = { accessKeyId: "HEARTHTESTKEY", secretAccessKey: `secret${process.pid}of-this-test` };
  let env: NodeJS.ProcessEnv;
  let endpoint: string;

  const compose = async (...args: string[]): Promise<string> => {
    const [program = "", ...first] = command ?? [];
    const all = [...first, "-p", project, "-f", join(ROOT, "docker-compose.yml"), ...args];
    const { code, stdout, stderr } = await runProgram(program, all, { env, cwd: folder, timeoutMs: 400_000 });
    if (code !== 0) throw new Error(`docker compose ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    return stdout;
  };

  const untilReady = async (): Promise<void> => {
    for (let waitedMs = 0; (await readyz(endpoint)) !== 200; waitedMs += 500) {
      if (waitedMs > 120_000) throw new Error(`not ready:\n${await compose("logs", "--no-color", "--tail=60")}`);
      await new Promise((done) => setTimeout(done, 500));
    }
  };

  beforeAll(async () => {
    await runProgram(
      process.execPath,
      [join(ROOT, "packages/drivers/bin/images.ts"), "build", "postgres", "redis", "function", "server"],
      {
        timeoutMs: 600_000,
      },
    );
    const [published, invoker, control, events, launcher] = await Promise.all(Array.from({ length: 5 }, freePort));
    endpoint = `http://127.0.0.1:${published}`;
    env = {
      ...process.env,
      ...IMAGES,
      HEARTH_DATA_DIR: join(folder, "data"),
      HEARTH_UID: "10001",
      HEARTH_GID: "10001",
      HEARTH_ACCESS_KEY_ID: key.accessKeyId,
      HEARTH_SECRET_ACCESS_KEY: key.secretAccessKey,
      HEARTH_MASTER_KEY: "composition-master-key-0123456789-abcdef",
      POSTGRES_PASSWORD: `p${process.pid}`,
      REDIS_PASSWORD: `r${process.pid}`,
      GRAFANA_PASSWORD: "unused",
      HEARTH_PUBLISHED: String(published),
      HEARTH_INVOKER_METRICS_PUBLISHED: String(invoker),
      HEARTH_CONTROL_METRICS_PUBLISHED: String(control),
      HEARTH_EVENTS_METRICS_PUBLISHED: String(events),
      HEARTH_LAUNCHER_METRICS_PUBLISHED: String(launcher),
    };
    await runProgram("install", [
      "-d",
      "-o",
      "10001",
      "-g",
      "10001",
      join(folder, "data"),
      join(folder, "data/blobs"),
      join(folder, "data/objects"),
    ]);
    await compose("up", "-d", "--no-build", ...SERVICES);
    await untilReady();
  }, 800_000);

  // Of a test that passed too: it may have passed because a client tried again.
  beforeEach(({ onTestFinished }) => {
    const since = new Date().toISOString();
    onTestFinished(async ({ task }) => {
      const hasFailed = task.result?.state === "fail";
      for (const service of SERVICES) {
        const id = (await compose("ps", "-q", service)).trim();
        const { stdout, stderr } = await runProgram("docker", ["logs", "--since", since, id]);
        const lines = `${stdout}${stderr}`.split("\n").filter((line) => (hasFailed ? WARNING : ERROR).test(line));
        for (const line of lines.slice(-LINES_SHOWN)) console.error(`${service}: ${line}`);
      }
    });
  }, 60_000);

  afterAll(async () => {
    if (env) {
      await compose("stop", "-t", "40");
      await compose("down", "-v", "--remove-orphans");
    }
    rmSync(folder, { recursive: true, force: true });
  }, 200_000);

  test("is understood completely", async () => {
    const text = await compose("config");
    for (const name of [...SERVICES, "prometheus", "grafana"]) expect(text).toContain(`${name}:`);
  });

  test("runs functions through invoker, control, events and launcher as processes of their own", async () => {
    const client = new LambdaClient({ endpoint, region: "us-east-1", credentials: key, maxAttempts: 1 });
    await createActive(client, { FunctionName: "composed", files: sampleFunctions.nodeEcho });
    const answer = await invoke(client, "composed", { through: "four roles" });
    expect(answer.payload).toEqual({ through: "four roles" });
  });

  test("serves the logs of functions from events, through the invoker", async () => {
    const logs = new CloudWatchLogsClient({ endpoint, region: "us-east-1", credentials: key, maxAttempts: 1 });
    const lines = async (): Promise<string> => {
      const answer = await logs.send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/composed" }));
      return (answer.events ?? []).map(({ message }) => message).join("");
    };
    await expect.poll(lines).toContain("REPORT RequestId");
    await compose("stop", "events");
    await expect(lines()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await compose("start", "events");
    await expect.poll(() => lines().catch(String), { timeout: 60_000 }).toContain("REPORT RequestId");
  });

  test("lets functions call control through the invoker, which proves which sandbox a call came from", async () => {
    const client = new LambdaClient({ endpoint, region: "us-east-1", credentials: key, maxAttempts: 1 });
    const files = { "app.py": PYTHON_CALLER };
    const caller = {
      FunctionName: "calling",
      Runtime: "python3.13",
      Handler: "app.handler",
      Timeout: 20,
      files,
    } as const;
    await createActive(client, caller);
    const { payload } = await invoke(client, "calling", {});
    expect(payload).toHaveLength(20);
    expect((payload as string[])[0]).toContain("<Arn>arn:aws:sts::000000000000:assumed-role/any/calling</Arn>");
  });

  test("resolves an image through the invoker and the launcher, and runs it", async () => {
    const client = new LambdaClient({ endpoint, region: "us-east-1", credentials: key, maxAttempts: 1 });
    const FunctionName = "of-an-image";
    const Code = { ImageUri: FUNCTION_IMAGES.first };
    await client.send(new CreateFunctionCommand({ FunctionName, PackageType: "Image", Code, Role: ROLE, Timeout: 10 }));
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
    const { payload } = await invoke(client, FunctionName, shellEvent("echo $GREETING"));
    expect(shellAnswer(Buffer.from(JSON.stringify(payload)))).toEqual({ status: 0, out: "hello\n" });
  });

  // They wait most of their time: Terraform's provider for queues, whatever the server answers.
  describe.concurrent("with Terraform", skipReason(noTerraform()), () => {
    test("runs what Terraform makes of topics and queues: a message calls the function and reaches its destination", async () => {
      const config = { endpoint, region: "us-east-1", credentials: key };
      const archives = { "function.zip": await zipOf(sampleFunctions.nodeEcho) };
      await using project = await TerraformProject.open(config, ["base.tf", "messaging.tf"], archives);
      await project.apply(true);
      await messageReachesDestination(config, await project.output<Messaging>("messaging"));
      await project.destroy();
    }, 400_000);

    test("runs what Terraform makes of buses and rules: an event calls the function, whose result reaches its destination", async () => {
      const config = { endpoint, region: "us-east-1", credentials: key };
      const archives = { "function.zip": await zipOf(sampleFunctions.nodeEcho) };
      await using project = await TerraformProject.open(config, ["events.tf"], archives);
      await project.apply(false);
      const result = await orderReachesResults(config, await project.output<string>("results"), { small: 5, a: 50 });
      expect(result).toEqual({ order: "a", value: 50, rule: "placed" });
      await project.destroy();
    }, 400_000);

    test("runs what Terraform makes of streams, tables, buckets and rules of IoT: each calls the function", async () => {
      const config = { endpoint, region: "us-east-1", credentials: key };
      const archives = { "sources.zip": await zipOf({ "index.mjs": SOURCES }) };
      await using project = await TerraformProject.open(config, ["base.tf", "sources.tf"], archives);
      await project.apply(false);
      await allSourcesReachFunction(config);
      await project.destroy();
    }, 400_000);
  });

  test("authorizes a call that control executes by the address of the invoker's client", async () => {
    const { stdout } = await runProgram("docker", ["inspect", (await compose("ps", "-q", "invoker")).trim()]);
    const [{ NetworkSettings }] = JSON.parse(stdout) as [Pick<Inspected, "NetworkSettings">];
    const gateways = Object.values(NetworkSettings.Networks).map(({ Gateway }) => Gateway);
    const iam = new IAMClient({ endpoint, region: "us-east-1", credentials: key });
    const list = async (UserName: string, addresses: readonly string[]): Promise<unknown> => {
      const Condition = { IpAddress: { "aws:SourceIp": addresses } };
      const Statement = { Effect: "Allow", Action: "lambda:ListFunctions", Resource: "*", Condition };
      const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      await iam.send(new CreateUserCommand({ UserName }));
      await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "from-there", PolicyDocument }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      const credentials = {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      };
      const client = new LambdaClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
      return await client.send(new ListFunctionsCommand({}));
    };
    expect(gateways.filter(Boolean).length).toBeGreaterThan(0);
    expect(await list("near", gateways.filter(Boolean))).toHaveProperty("Functions");
    await expect(list("far", ["198.51.100.0/24"])).rejects.toMatchObject({ name: "AccessDeniedException" });
  });

  test("gives the Docker socket, the host's network and its cgroups to the launcher alone", async () => {
    for (const service of SERVICES) {
      const id = (await compose("ps", "-q", service)).trim();
      const { stdout } = await runProgram("docker", ["inspect", id]);
      const [container] = JSON.parse(stdout) as [Inspected];
      const mounts = container.Mounts.map(({ Source }) => Source);
      const isLauncher = service === "launcher";
      expect(mounts.includes("/var/run/docker.sock") || mounts.includes("/run/docker.sock"), service).toBe(isLauncher);
      expect(mounts.includes("/sys/fs/cgroup"), service).toBe(isLauncher);
      expect(container.HostConfig.NetworkMode === "host", service).toBe(isLauncher);
      expect(container.HostConfig.CapAdd?.includes("NET_ADMIN") ?? false, service).toBe(isLauncher);
      expect(container.HostConfig.Privileged, service).toBe(false);
      expect(container.HostConfig.PidsLimit, service).toBeGreaterThan(0);
      if (service !== "postgres") expect(container.HostConfig.Memory, service).toBeGreaterThan(0);
      if (isLauncher || UNPRIVILEGED.includes(service)) expect(container.HostConfig.ReadonlyRootfs, service).toBe(true);
      if (UNPRIVILEGED.includes(service)) expect(container.Config.User, service).toBe("10001:10001");
      for (const ports of Object.values(container.HostConfig.PortBindings ?? {})) {
        for (const { HostIp } of ports) expect(HostIp, service).toBe("127.0.0.1");
      }
    }
  });

  test("gives each role the user, the capabilities and the folders that it needs, and no more", async () => {
    const inside = async (service: string, script: string): Promise<string> =>
      (await compose("exec", "-T", service, "sh", "-c", script)).trim();
    for (const service of UNPRIVILEGED) {
      expect(await inside(service, "id -u; grep CapEff /proc/self/status"), service).toMatch(/^10001\nCapEff:\s+0+$/);
      expect(await inside(service, "touch /opt/hearth/x 2>&1 || true"), service).toContain("Read-only file system");
    }
    const data = join(folder, "data");
    expect((await inside("control", `ls ${data}`)).split("\n").filter((name) => !name.startsWith("control."))).toEqual([
      "blobs",
      "objects",
    ]);
    expect((await inside("events", `ls ${data}`)).split("\n").filter((name) => !name.startsWith("events."))).toEqual([
      "objects",
    ]);
    expect(await inside("invoker", `ls ${data}`)).toContain("launcher.sock");
    expect(await inside("redis", "REDISCLI_AUTH= redis-cli ping 2>&1 || true")).toContain("NOAUTH");
  });

  test("refuses to start without a key of one's own", async () => {
    const { HEARTH_SECRET_ACCESS_KEY: _, ...without } = env;
    const [program = "", ...first] = command ?? [];
    const args = [...first, "-p", project, "-f", join(ROOT, "docker-compose.yml"), "config"];
    const result = await runProgram(program, args, { env: without, cwd: folder });
    expect(existsSync(join(folder, ".env"))).toBe(false);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("run deploy/first-run.sh first");
  });
});

interface Inspected {
  readonly Mounts: readonly { readonly Source: string }[];
  readonly Config: { readonly User: string };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly Gateway: string }>> };
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly CapAdd: readonly string[] | null;
    readonly Privileged: boolean;
    readonly PidsLimit: number;
    readonly Memory: number;
    readonly ReadonlyRootfs: boolean;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>> | null;
  };
}

async function readyz(endpoint: string): Promise<number> {
  try {
    return (await fetch(`${endpoint}/readyz`)).status;
  } catch {
    return 0; // not listening yet
  }
}

function freePort(): Promise<number> {
  return new Promise((settle) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => settle(port));
    });
  });
}
