import { join, resolve } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import Docker from "dockerode";
import type { DriverUnderTest } from "./driverContract.ts";
import { createEngine, type EngineChoice } from "../createEngine.ts";
import type { PoolKey } from "../driver.ts";
import type { HostDriver } from "../hostDriver.ts";
import { createImages, type Images } from "../docker/images/createImages.ts";
import { openWorkFolder } from "../docker/images/workFolder.ts";
import { TestDataDir, testDriver, testEngineDeps } from "./testLauncher.ts";
import { TEST_FUNCTION, TEST_PYTHON_FUNCTION, TestRuntimeApi, unpackForTest } from "./testRuntimeApi.ts";

const NEVER = new AbortController().signal;
const RUNTIME = "nodejs24.x";
/** Shared by all test runs, so that packages are downloaded once. */
export const TEST_CACHE = resolve(import.meta.dirname, "../../../../.hearth/cache");

interface StartOptions {
  readonly network?: PoolKey["network"];
  readonly runtime?: string;
  readonly memoryMb?: number;
  readonly tmpSizeMb?: number;
  readonly accountId?: string;
  readonly expectedMb?: number;
  /** Whether an invocation waits for it. */
  readonly isAwaited?: boolean;
  /** It is made ahead, and started after this. */
  readonly beforeStart?: (sandboxId: string) => Promise<void>;
}

export interface TestSandbox {
  readonly id: string;
  readonly api: TestRuntimeApi;
  readonly container: Docker.Container;
}

/** A docker driver of its own, whose containers, network and files are gone after disposal. */
export class TestDockerDriver implements DriverUnderTest {
  readonly docker = new Docker();
  readonly runtime = RUNTIME;
  readonly #data = new TestDataDir();
  readonly #stop = new AbortController();
  readonly #apis: TestRuntimeApi[] = [];
  #driver: HostDriver | undefined;
  #installation = "";

  static async make(choice: Partial<EngineChoice> = {}): Promise<TestDockerDriver> {
    const made = new TestDockerDriver();
    const own = testEngineDeps(made.dataDir);
    made.#installation = own.installation;
    const deps = { ...own, cacheDir: TEST_CACHE, driver: "docker", ...choice } as const;
    made.#driver = testDriver(await createEngine(deps, made.#stop.signal), made.dataDir);
    return made;
  }

  /** What labels its containers. */
  get installation(): string {
    return this.#installation;
  }

  get dataDir(): string {
    return this.#data.path;
  }

  get driver(): HostDriver {
    if (!this.#driver) throw new Error("not made");
    return this.#driver;
  }

  /** A specialised sandbox that runs the test function: JavaScript, or Python with a `python…` runtime. */
  async start(options: StartOptions = {}): Promise<TestSandbox> {
    const { network = "none", runtime = RUNTIME, memoryMb = 256, tmpSizeMb = 512 } = options;
    const { accountId = "000000000000", expectedMb = 128, isAwaited = false } = options;
    const { driver, dataDir, docker } = this;
    const id = systemRandom.hex(8);
    await driver.images.ensureRuntime(runtime, NEVER);
    const api = await TestRuntimeApi.listen(await driver.prepare(id));
    this.#apis.push(api);
    if (options.beforeStart) {
      // Its network may not be ready yet.
      while (!(await driver.create(id, { runtime, network, tmpSizeMb }, NEVER))) await new SystemClock().sleep(100);
      await options.beforeStart(id);
    }
    await driver.boot(id, { runtime, network, tmpSizeMb, isAwaited }, NEVER);
    await api.asked();
    const isPython = runtime.startsWith("python");
    const codeDigest = isPython
      ? unpackForTest(dataDir, { "index.py": TEST_PYTHON_FUNCTION }, "b0a".repeat(21) + "0")
      : unpackForTest(dataDir, { "index.js": TEST_FUNCTION });
    const spec = { codeDigest, layerDigests: [], memoryMb, accountId, expectedMb };
    await api.specialise(await driver.specialise(id, spec, NEVER));
    const [found] = await docker.listContainers({ filters: { label: [`hearth.sandbox=${id}`] } });
    return { id, api, container: docker.getContainer(found?.Id ?? "") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("the test has ended"));
    await this.#driver?.[Symbol.asyncDispose]();
    for (const api of this.#apis) await api[Symbol.asyncDispose]();
    this.#data[Symbol.dispose]();
  }
}

/** The images of this machine's engine, made where they are missing. */
export function testImages(docker: Docker): Images {
  const none = { imageRegistry: undefined, debianMirror: undefined };
  const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  const work = openWorkFolder(join(TEST_CACHE, "work"), systemRandom); // until the test process ends
  return createImages({ docker, cacheDir: TEST_CACHE, work, ...none, ...deps }, NEVER);
}
