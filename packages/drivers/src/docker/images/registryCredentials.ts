import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isDockerHub } from "./imageSources.ts";

/** As the engine's API takes it. */
export interface RegistryCredentials {
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly serveraddress: string;
}

interface DockerConfig {
  readonly auths?: Readonly<
    Record<string, { readonly auth?: string; readonly identitytoken?: string; readonly username?: string }>
  >;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

const DOCKER_HUB = "https://index.docker.io/v1/";
const HELPER_TIMEOUT_MS = 10_000;
const run = promisify(execFile);

/**
 * What `docker login` left for a registry, in the configuration of the user that the launcher runs as; read anew each time, because such logins
 * expire. `undefined` when there is nothing: then the registry is asked without.
 */
export async function registryCredentials(host: string | undefined): Promise<RegistryCredentials | undefined> {
  const config = await readConfig();
  const serveraddress = host === undefined || isDockerHub(host) ? DOCKER_HUB : host;
  const helper = config.credHelpers?.[serveraddress] ?? config.credsStore;
  if (helper !== undefined && /^[a-zA-Z0-9_-]+$/.test(helper)) {
    const found = await askHelper(helper, serveraddress);
    if (found) return found;
  }
  const entry = config.auths?.[serveraddress] ?? config.auths?.[`https://${serveraddress}`];
  if (entry?.identitytoken !== undefined) return { identitytoken: entry.identitytoken, serveraddress };
  const [, username, password] =
    /^([^:]+):([^]*)$/.exec(Buffer.from(entry?.auth ?? "", "base64").toString("utf8")) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password, serveraddress };
}

async function readConfig(): Promise<DockerConfig> {
  const folder = process.env["DOCKER_CONFIG"] ?? join(homedir(), ".docker");
  try {
    return JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Error("Docker's config.json cannot be read", { cause: error });
  }
}

/** https://github.com/docker/docker-credential-helpers */
async function askHelper(helper: string, serveraddress: string): Promise<RegistryCredentials | undefined> {
  const asked = run(`docker-credential-${helper}`, ["get"], { timeout: HELPER_TIMEOUT_MS });
  asked.child.stdin?.end(serveraddress);
  try {
    const { Username, Secret } = JSON.parse((await asked).stdout) as { Username: string; Secret: string };
    if (Username === "<token>") return { identitytoken: Secret, serveraddress };
    return { username: Username, password: Secret, serveraddress };
  } catch (error) {
    if (/credentials not found/.test(String((error as { stdout?: string }).stdout))) return undefined;
    throw new Error(`docker-credential-${helper} failed`, { cause: error });
  }
}
