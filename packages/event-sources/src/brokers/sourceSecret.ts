import type { MappedSource, NeededPermission, SourceName } from "../eventSource.ts";

/** Reads the current value of a secret with the role of the mapping's function. Rejects when there is none, or the role may not read it. */
export type SecretOf = (SecretArn: string, mapping: MappedSource) => Promise<string>;

const ACTION = "secretsmanager:GetSecretValue";

/** The `URI` of the access configuration of a type. */
export function accessUri({ settings }: SourceName, Type: string): string | undefined {
  return settings.SourceAccessConfigurations?.find((one) => one.Type === Type)?.URI;
}

/** What the role needs to read the secrets that a mapping names by these types. */
export function secretPermissions(mapping: MappedSource, types: readonly string[]): readonly NeededPermission[] {
  return types.flatMap((type) => {
    const resource = accessUri(mapping, type);
    return resource === undefined ? [] : [{ action: ACTION, resource }];
  });
}

/** AWS's message for a role that may not read a secret, or may not do something with the broker. */
export function brokerRefusal({ action, resource }: NeededPermission): string {
  const subject = action === ACTION ? `secret manager value ${resource}` : "broker";
  return `Cannot access ${subject}. Please ensure the role can perform the '${action}' action on your broker in IAM.`;
}

/** The members of a secret that is a JSON object. Throws, without the secret's text, when one of `names` is missing. */
export function secretMembers<Name extends string>(
  text: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const members = parsed(text);
  const missing = names.filter((name) => typeof members[name] !== "string");
  if (missing.length > 0) throw new Error(`The secret must be a JSON object with the texts ${missing.join(" and ")}.`);
  return members as Readonly<Record<Name, string>>;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {}; // the parser's error contains the secret
  }
}
