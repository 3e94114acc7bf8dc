import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { awsEnvironment, type ClientConfig, findProviderMirror, runProgram } from "@hearth/testkit";
import { TerraformProvider } from "./terraformProvider.ts";

const CONFIGURATIONS = resolve(import.meta.dirname, "../e2e");
const OPTIONS = ["-input=false", "-no-color"];
/** What `plan -detailed-exitcode` ends with. */
const HAS_CHANGES = 2;
const SAVED_PLAN = "changes.plan";

/** A folder with a configuration of Terraform, and with the archives that it names. It is removed when it is disposed. */
export class TerraformProject implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #provider: TerraformProvider | undefined;

  private constructor(folder: string, config: ClientConfig) {
    this.#folder = folder;
    this.#env = { ...awsEnvironment(config), TF_CLI_CONFIG_FILE: "/dev/null", TF_IN_AUTOMATION: "1" };
  }

  /**
   * `files` are those of `test/e2e`; others are written with `write`. All commands share one process of the provider, so that `terraform init` is
   * not needed. Resolves once it listens.
   */
  static async open(
    config: ClientConfig,
    files: readonly string[] = [],
    archives: Readonly<Record<string, Uint8Array>> = {},
  ): Promise<TerraformProject> {
    await using onFailure = new AsyncDisposableStack();
    const project = onFailure.use(await TerraformProject.#inNewFolder(config));
    for (const file of files) await copyFile(join(CONFIGURATIONS, file), join(project.#folder, file));
    for (const [name, bytes] of Object.entries(archives)) await project.write(name, bytes);
    project.#provider = await TerraformProvider.start(project.#env, project.#folder);
    onFailure.move();
    return project;
  }

  /** As users do it: after `terraform init` with `main.tf`, Terraform starts the provider for each command. It takes twice as long. */
  static async openWithInit(config: ClientConfig, main: string): Promise<TerraformProject> {
    await using onFailure = new AsyncDisposableStack();
    const project = onFailure.use(await TerraformProject.#inNewFolder(config));
    await project.write("main.tf", main);
    await project.#run(0, "init", `-plugin-dir=${findProviderMirror()}`);
    onFailure.move();
    return project;
  }

  static async #inNewFolder(config: ClientConfig): Promise<TerraformProject> {
    return new TerraformProject(await mkdtemp(join(tmpdir(), "hearth-terraform-")), config);
  }

  /** Writes a configuration or an archive. */
  async write(name: string, content: string | Uint8Array): Promise<void> {
    await writeFile(join(this.#folder, name), content);
  }

  /** Applies the configuration, and rejects when Terraform then sees a drift. `second`, for those that know it: as after an update. */
  async apply(second?: boolean): Promise<void> {
    const variables = second === undefined ? [] : [`-var=second=${second}`];
    await this.#run(0, "apply", "-auto-approve", ...variables);
    await this.#run(0, "plan", "-detailed-exitcode", ...variables);
  }

  /** As `apply`, and rejects when Terraform sees nothing to change before. */
  async change(): Promise<void> {
    await this.#run(HAS_CHANGES, "plan", "-detailed-exitcode", `-out=${SAVED_PLAN}`);
    await this.#run(0, "apply", SAVED_PLAN);
    await this.#run(0, "plan", "-detailed-exitcode");
  }

  async output<Value>(name: string): Promise<Value> {
    return JSON.parse(await this.#run(0, "output", "-json", name)) as Value;
  }

  async destroy(): Promise<void> {
    await this.#run(0, "destroy", "-auto-approve");
  }

  /** Rejects unless Terraform ends with `accepted`. */
  async #run(accepted: number, command: string, ...args: string[]): Promise<string> {
    const all = command === "output" ? [command, ...args] : [command, ...OPTIONS, ...args];
    const env = { ...this.#env, ...this.#provider?.env };
    const options = { cwd: this.#folder, env, timeoutMs: 300_000 };
    const { code, stdout, stderr } = await runProgram("terraform", all, options);
    if (code !== accepted) {
      const crash = this.#provider?.crash() ?? "";
      throw new Error(`terraform ${all.join(" ")} ended with ${code}\n${stdout}\n${stderr}${crash}`);
    }
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider?.[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
