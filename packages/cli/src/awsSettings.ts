import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What requests are signed with, and where they go. */
export interface AwsSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** A profile that is named but cannot be used. */
export class ProfileError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;
type Section = Readonly<Record<string, string>>;

/**
 * As the aws command finds them: variables first, then the profile that AWS_PROFILE names, else Hearth's defaults. The profile `default` is not read
 * unless it is named, since its key is probably one of AWS. https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
export function awsSettings(env: Environment): AwsSettings {
  const profile = env["AWS_PROFILE"] ? profileOf(env["AWS_PROFILE"], env) : {};
  const ignoresEndpoints = env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"]?.toLowerCase() === "true";
  const endpoint = ignoresEndpoints ? undefined : env["AWS_ENDPOINT_URL"] || profile["endpoint_url"];
  return {
    endpoint: endpoint || "http://127.0.0.1:4566",
    region: env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || profile["region"] || "us-east-1",
    ...keyOf(env, profile),
  };
}

function keyOf(env: Environment, profile: Section): Omit<AwsSettings, "endpoint" | "region"> {
  if (env["AWS_ACCESS_KEY_ID"] || !env["AWS_PROFILE"]) {
    return {
      accessKeyId: env["AWS_ACCESS_KEY_ID"] || "test",
      secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] || "test",
      sessionToken: env["AWS_SESSION_TOKEN"] || undefined,
    };
  }
  const {
    aws_access_key_id: accessKeyId,
    aws_secret_access_key: secretAccessKey,
    aws_session_token: sessionToken,
  } = profile;
  if (!accessKeyId || !secretAccessKey) {
    throw new ProfileError(
      `The profile ${env["AWS_PROFILE"]} (AWS_PROFILE) has no aws_access_key_id and aws_secret_access_key; profiles that name a role or a program are not supported.`,
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken };
}

function profileOf(name: string, env: Environment): Section {
  const folder = join(env["HOME"] || homedir(), ".aws");
  const config = env["AWS_CONFIG_FILE"] || join(folder, "config");
  const credentials = env["AWS_SHARED_CREDENTIALS_FILE"] || join(folder, "credentials");
  const found = [
    sectionOf(config, name === "default" ? ["default", "profile default"] : [`profile ${name}`]),
    sectionOf(credentials, [name]),
  ];
  if (found.every((section) => section === undefined)) {
    throw new ProfileError(`There is no profile ${name} (AWS_PROFILE) in ${config} or ${credentials}.`);
  }
  return Object.assign({}, ...found) as Section;
}

/** `undefined` when there is no such file or section. */
function sectionOf(path: string, names: readonly string[]): Section | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined; // the profile may be in the other file
  }
  let section: Record<string, string> | undefined;
  let isWanted = false;
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (heading !== undefined) {
      isWanted = names.includes(heading.replace(/\s+/g, " "));
      if (isWanted) section ??= {};
      continue;
    }
    // Indented lines belong to the setting above them, such as `s3 =`.
    const [, key, value] = /^([a-z_]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (isWanted && section && key !== undefined && value !== undefined) section[key] = value;
  }
  return section;
}
