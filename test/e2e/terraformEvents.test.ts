import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EventBridgeClient,
  ListEventBusesCommand,
  ListRulesCommand,
  PutEventsCommand,
} from "@aws-sdk/client-eventbridge";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import {
  awsEnvironment,
  findProviderMirror,
  noTerraform,
  runProgram,
  sampleFunctions,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { expect, test } from "vitest";

test(
  "terraform makes, changes and destroys buses, rules, targets, archives and API destinations without drift, and an event runs the function",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "hearth-terraform-"));
    stack.defer(async () => await rm(folder, { recursive: true, force: true }));
    await copyFile(join(import.meta.dirname, "events.tf"), join(folder, "events.tf"));
    await writeFile(join(folder, "function.zip"), await zipOf(sampleFunctions.nodeEcho));
    const hearth = stack.use(await startHearth());
    const terraform = async (...args: string[]): Promise<string> => {
      const env = { ...awsEnvironment(hearth.clientConfig), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
      const { code, stdout, stderr } = await runProgram("terraform", args, { cwd: folder, env, timeoutMs: 300_000 });
      expect(code, `terraform ${args.join(" ")}\n${stdout}\n${stderr}`).toBe(0);
      return stdout;
    };
    const options = ["-input=false", "-no-color"];
    const apply = async (second: boolean): Promise<void> => {
      await terraform("apply", "-auto-approve", `-var=second=${second}`, ...options);
      await terraform("plan", "-detailed-exitcode", `-var=second=${second}`, ...options);
    };
    const events = stack.adopt(new EventBridgeClient(hearth.clientConfig), (it) => it.destroy());
    const sqs = stack.adopt(new SQSClient(hearth.clientConfig), (it) => it.destroy());
    const order = async (id: string, value: number): Promise<void> => {
      const Entries = [
        { EventBusName: "orders", Source: "shop", DetailType: "placed", Detail: JSON.stringify({ id, value }) },
      ];
      expect(await events.send(new PutEventsCommand({ Entries }))).toMatchObject({ FailedEntryCount: 0 });
    };
    const nextResult = async (): Promise<unknown> => {
      const QueueUrl = JSON.parse(await terraform("output", "-json", "results")) as string;
      for (;;) {
        const receive = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
        const [message] = (await sqs.send(receive)).Messages ?? [];
        if (message) return (JSON.parse(message.Body ?? "") as { requestPayload: unknown }).requestPayload;
      }
    };

    await terraform("init", `-plugin-dir=${findProviderMirror()}`, ...options);
    await apply(false);
    await order("small", 5);
    await order("a", 50);
    expect(await nextResult()).toEqual({ order: "a", value: 50, rule: "placed" });
    await apply(true);
    await order("b", 50);
    await order("c", 500);
    expect(await nextResult()).toEqual({ order: "c", value: 500, rule: "placed" });
    await terraform("destroy", "-auto-approve", "-var=second=true", ...options);
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses.map(({ Name }) => Name)).toEqual(["default"]);
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
  },
);
