import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  LambdaServiceException,
  ListFunctionsCommand,
  ListLayerVersionsCommand,
  ListVersionsByFunctionCommand,
  PublishLayerVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  ResourceNotFoundException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { SystemClock } from "@hearth/kit";
import { type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { lambdaClient, ROLE } from "../support/lambda.ts";

const WRITERS = 4;
const KILLS = 2;
const clock = new SystemClock();
const codeOf = (version: number) => zipOf({ "index.mjs": `export const handler = async () => ${version};\n` });

/** One function as a client knows it: the writes that were answered, and those that were requested and never answered. */
class Writer {
  readonly name: string;
  code = 0;
  asked = 0;
  versions = new Set<string>();
  aliasTo: string | undefined;
  aliasAsked: string | undefined;
  layers = 0;
  exists = false;
  #client: LambdaClient;

  constructor(name: string, client: LambdaClient) {
    this.name = name;
    this.#client = client;
  }

  /** Writes until a request is not answered. */
  async write(killed: AbortSignal): Promise<void> {
    try {
      for (;;) {
        if (this.exists) await this.#change(killed);
        else await this.#create(killed);
      }
    } catch (error) {
      if (error instanceof LambdaServiceException && error.$metadata.httpStatusCode !== undefined) throw error;
    }
  }

  reconnect(client: LambdaClient): void {
    this.#client = client;
  }

  async #create(killed: AbortSignal): Promise<void> {
    const FunctionName = this.name;
    this.asked++;
    const Code = { ZipFile: await codeOf(this.asked) };
    const wish = { FunctionName, Code, Role: ROLE, Runtime: "nodejs22.x", Handler: "index.handler" } as const;
    await this.#client.send(new CreateFunctionCommand(wish));
    this.exists = true;
    this.code = this.asked;
    await this.#settled(killed);
  }

  async #change(killed: AbortSignal): Promise<void> {
    const FunctionName = this.name;
    this.asked++;
    const ZipFile = await codeOf(this.asked);
    const { Version = "" } = await this.#client.send(
      new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: true }),
    );
    this.code = this.asked;
    this.versions.add(Version);
    await this.#settled(killed);
    this.aliasAsked = Version;
    const alias = { FunctionName, Name: "live", FunctionVersion: Version };
    if (this.aliasTo === undefined) {
      await this.#client.send(new CreateAliasCommand(alias));
      await this.#client.send(
        new PutProvisionedConcurrencyConfigCommand({
          FunctionName,
          Qualifier: "live",
          ProvisionedConcurrentExecutions: 1,
        }),
      );
    } else await this.#client.send(new UpdateAliasCommand(alias));
    this.aliasTo = Version;
    await this.#client.send(new PublishLayerVersionCommand({ LayerName: this.name, Content: { ZipFile } }));
    this.layers++;
  }

  async #settled(abortSignal: AbortSignal): Promise<void> {
    const wait = { client: this.#client, abortSignal, maxWaitTime: 60, minDelay: 0.02, maxDelay: 0.1 };
    await waitUntilFunctionActiveV2(wait, { FunctionName: this.name });
    await waitUntilFunctionUpdatedV2(wait, { FunctionName: this.name });
  }

  /** No answered write is lost, no write is half done, and every pending state ends. */
  async expectWhole(): Promise<void> {
    const FunctionName = this.name;
    const found = await this.#client
      .send(new ListVersionsByFunctionCommand({ FunctionName }))
      .catch((error: unknown) => {
        expect(error).toBeInstanceOf(ResourceNotFoundException);
        return undefined;
      });
    if (!found) {
      expect(this.exists).toBe(false);
      return;
    }
    this.exists = true;
    await this.#settled(new AbortController().signal);
    const { Payload } = await this.#client.send(new InvokeCommand({ FunctionName }));
    const runs = Number(Buffer.from(Payload ?? []).toString());
    expect([this.code, this.asked]).toContain(runs);
    this.code = runs;
    const { Versions = [] } = await this.#client.send(new ListVersionsByFunctionCommand({ FunctionName }));
    const numbers = Versions.map(({ Version = "" }) => Version).filter((version) => version !== "$LATEST");
    for (const version of this.versions) expect(numbers).toContain(version);
    expect(numbers.length - this.versions.size).toBeLessThanOrEqual(1);
    this.versions = new Set(numbers);
    // Only the latest write may have been half done.
    const Qualifier = numbers.at(-1);
    if (Qualifier !== undefined)
      expect((await this.#client.send(new InvokeCommand({ FunctionName, Qualifier }))).FunctionError).toBeUndefined();
    const { LayerVersions = [] } = await this.#client.send(new ListLayerVersionsCommand({ LayerName: FunctionName }));
    expect(LayerVersions.length - this.layers).toBeGreaterThanOrEqual(0);
    expect(LayerVersions.length - this.layers).toBeLessThanOrEqual(1);
    this.layers = LayerVersions.length;
    await this.#expectAlias();
  }

  async #expectAlias(): Promise<void> {
    const alias = { FunctionName: this.name, Name: "live" };
    const found = await this.#client.send(new GetAliasCommand(alias)).catch((error: unknown) => {
      expect(error).toBeInstanceOf(ResourceNotFoundException);
      return undefined;
    });
    if (!found) expect(this.aliasTo).toBeUndefined();
    else {
      expect([this.aliasTo, this.aliasAsked]).toContain(found.FunctionVersion);
      const wish = new GetProvisionedConcurrencyConfigCommand({ FunctionName: this.name, Qualifier: "live" });
      const status = async () =>
        await this.#client.send(wish).then(
          ({ Status }) => Status,
          (error: unknown) => (error as Error).name,
        );
      const done = /^(READY|ProvisionedConcurrencyConfigNotFoundException)$/;
      await expect.poll(status, { timeout: 30_000, interval: 100 }).toMatch(done);
      if ((await status()) !== "READY")
        await this.#client.send(
          new PutProvisionedConcurrencyConfigCommand({
            FunctionName: this.name,
            Qualifier: "live",
            ProvisionedConcurrentExecutions: 1,
          }),
        );
    }
    this.aliasTo = found?.FunctionVersion;
  }
}

const drafts = async (hearth: RunningHearth): Promise<readonly string[]> => {
  const folders = await Promise.all(
    ["blobs", "unpacked"].map((folder) => readdir(join(hearth.dataDirectory, folder)).catch(() => [])),
  );
  return folders.flat().filter((name) => name.startsWith("."));
};

test(
  "kill -9 in the middle of creates, updates, aliases, layers and provisioned concurrency: nothing answered is lost, nothing is stuck",
  { timeout: 240_000 },
  async () => {
    await using hearth = await startHearth();
    const writers = Array.from({ length: WRITERS }, (_, index) => new Writer(`writer-${index}`, lambdaClient(hearth)));
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = new AbortController();
      const writing = Promise.all(writers.map((writer) => writer.write(killed.signal)));
      await clock.sleep(1_500 + 700 * kill);
      await hearth.kill("SIGKILL");
      killed.abort(); // otherwise the SDK's waiters would go on polling
      await writing;
      await hearth.start();
      expect(await drafts(hearth)).toEqual([]);
      const client = lambdaClient(hearth);
      for (const writer of writers) writer.reconnect(client);
      await Promise.all(writers.map((writer) => writer.expectWhole()));
    }
    const client = lambdaClient(hearth);
    const existing = writers.filter(({ exists }) => exists);
    const deleting = existing.map(({ name }) => client.send(new DeleteFunctionCommand({ FunctionName: name })));
    const answered = Promise.allSettled(deleting);
    await clock.sleep(5);
    await hearth.kill("SIGKILL");
    const gone = (await answered).flatMap(({ status }, index) =>
      status === "fulfilled" ? [existing[index]?.name] : [],
    );
    await hearth.start();
    const { Functions = [] } = await lambdaClient(hearth).send(new ListFunctionsCommand({}));
    for (const { FunctionName } of Functions) expect(gone).not.toContain(FunctionName);
    expect(existing.length).toBe(WRITERS);
  },
);
