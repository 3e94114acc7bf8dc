import { spawn } from "node:child_process";
import { once } from "node:events";
import { findProvider } from "@hearth/testkit";

/** What the provider prints once it listens: what Terraform needs to find it, in the form of a shell's assignment. */
const LISTENS = /TF_REATTACH_PROVIDERS='(.*)'/;
/** The provider would write a line about each resource type that it knows, for each command. */
const SILENT = Object.fromEntries(
  ["PROVIDER", "SDK", "SDK_FRAMEWORK", "SDK_HELPER_SCHEMA", "SDK_MUX", "SDK_PROTO"].map((of) => [
    `TF_LOG_${of}`,
    "off",
  ]),
);
/**
 * Go collects garbage when the memory in use has grown by so many percent. Terraform makes 300 MB of the provider's description of itself in each
 * command, and soon ends; the provider stays.
 */
const GOGC = { provider: "400", terraform: "800" };

/**
 * A process of the hashicorp/aws provider, as its developers start it in a debugger: any number of Terraform's commands, one after the other, use
 * it. Terraform itself starts a process for each walk of each command, and reads all 700 MB of the program before, to check them.
 */
export class TerraformProvider implements AsyncDisposable {
  /** Settings with which Terraform uses this process. */
  readonly env: NodeJS.ProcessEnv;
  /** What the process wrote if it has ended before it was told to, for example in a panic. */
  readonly crash: () => string;
  readonly #end: () => Promise<void>;

  private constructor(env: NodeJS.ProcessEnv, crash: () => string, end: () => Promise<void>) {
    this.env = env;
    this.crash = crash;
    this.#end = end;
  }

  /** The provider reads `env`, with its endpoint and credentials, and files of `folder`, where its socket is too. Resolves once it listens. */
  static async start(env: NodeJS.ProcessEnv, folder: string): Promise<TerraformProvider> {
    const program = findProvider();
    if (program === undefined) throw new Error("the provider hashicorp/aws is not installed");
    // The second configuration of one process fails with a bundle: "unable to add custom RootCAs". Hearth's endpoint is one of HTTP.
    const { AWS_CA_BUNDLE: _, ...others } = env;
    const settings = { ...others, ...SILENT, GOGC: GOGC.provider, PLUGIN_UNIX_SOCKET_DIR: folder };
    const child = spawn(program, ["-debug"], { cwd: folder, env: settings, stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "close");
    let output = "";
    const listens = new Promise<string>((settle) => {
      const collect = (chunk: Buffer): void => {
        output += chunk.toString("utf8");
        const found = LISTENS.exec(output)?.[1];
        if (found !== undefined) settle(found);
      };
      child.stdout.on("data", collect);
      child.stderr.on("data", collect);
    });
    const first = await Promise.race([listens, ended.then(() => undefined)]);
    if (first === undefined) throw new Error(`the provider hashicorp/aws did not start:\n${output}`);
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    return new TerraformProvider(
      { TF_REATTACH_PROVIDERS: first, GOGC: GOGC.terraform },
      () => (hasEnded() ? `\nthe provider has ended:\n${output}` : ""),
      async () => {
        child.kill();
        await ended;
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
