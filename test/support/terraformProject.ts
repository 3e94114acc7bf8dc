import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { awsEnvironment, type ClientConfig, findProviderMirror, runProgram } from "@hearth/testkit";

const CONFIGURATIONS = resolve(import.meta.dirname, "../e2e");
const OPTIONS = ["-input=false", "-no-color"];

/** A folder with configurations of Terraform from `test/e2e`, and with the archives that they name. It is removed when it is disposed. */
export class TerraformProject implements AsyncDisposable {
  readonly #folder: string;
  readonly #config: ClientConfig;

  private constructor(folder: string, config: ClientConfig) {
    this.#folder = folder;
    this.#config = config;
  }

  /** Resolves once Terraform has its providers. */
  static async open(
    config: ClientConfig,
    files: readonly string[],
    archives: Readonly<Record<string, Uint8Array>>,
  ): Promise<TerraformProject> {
    const project = new TerraformProject(await mkdtemp(join(tmpdir(), "hearth-terraform-")), config);
    for (const file of files) await copyFile(join(CONFIGURATIONS, file), join(project.#folder, file));
    for (const [name, bytes] of Object.entries(archives)) await writeFile(join(project.#folder, name), bytes);
    await project.#run("init", `-plugin-dir=${findProviderMirror()}`, ...OPTIONS);
    return project;
  }

  /** Applies the configuration, and rejects when Terraform then sees a drift. `second`: as after an update. */
  async apply(second: boolean): Promise<void> {
    await this.#run("apply", "-auto-approve", `-var=second=${second}`, ...OPTIONS);
    await this.#run("plan", "-detailed-exitcode", `-var=second=${second}`, ...OPTIONS);
  }

  async output<Value>(name: string): Promise<Value> {
    return JSON.parse(await this.#run("output", "-json", name)) as Value;
  }

  async destroy(): Promise<void> {
    await this.#run("destroy", "-auto-approve", ...OPTIONS);
  }

  async #run(...args: string[]): Promise<string> {
    const env = { ...awsEnvironment(this.#config), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
    const { code, stdout, stderr } = await runProgram("terraform", args, {
      cwd: this.#folder,
      env,
      timeoutMs: 300_000,
    });
    if (code !== 0) throw new Error(`terraform ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
