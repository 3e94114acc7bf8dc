import { type AccountRegion, arn, ValidationException } from "@hearth/model";
import type { SsmParameterKey, SsmSelector } from "@hearth/store";
import { HierarchyLevelLimitExceededException } from "./errors.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html#sysman-parameter-name-constraints */
const MAX_LEVELS = 15;
/** With its ARN. */
const MAX_ARN_CHARACTERS = 1011;

export function parameterArn({ accountId, region, Name }: SsmParameterKey): string {
  return arn({ service: "ssm", region, accountId, resource: `parameter/${Name.replace(/^\//, "")}` });
}

/** The name in an ARN, or the text itself. A name with slashes begins with one, which the ARN does not show. */
function nameIn(text: string): string {
  const [prefix, , service, , , ...rest] = text.split(":");
  const resource = rest.join(":");
  if (prefix !== "arn" || service !== "ssm" || !resource.startsWith("parameter/")) return text;
  const Name = resource.slice("parameter/".length);
  return Name.split(":")[0]?.includes("/") ? `/${Name}` : Name;
}

/** A parameter as requests name it: by its name or ARN, and where it is read, with a version or label. */
export function parameterKey({ accountId, region }: AccountRegion, text: string): SsmParameterKey {
  return { accountId, region, Name: nameIn(text) };
}

export interface SelectedParameter {
  readonly key: SsmParameterKey;
  readonly selector: SsmSelector;
  /** `:3` or `:label`, as answers repeat it. */
  readonly Selector?: string;
}

export function selectedParameter(where: AccountRegion, text: string): SelectedParameter {
  const [Name = "", ...rest] = nameIn(text).split(":");
  const key = { accountId: where.accountId, region: where.region, Name };
  if (rest.length === 0) return { key, selector: {} };
  const wanted = rest.join(":");
  const selector = /^[0-9]{1,15}$/.test(wanted) ? { Version: Number(wanted) } : { label: wanted };
  return { key, selector, Selector: `:${wanted}` };
}

/** Throws AWS's error for a name that a new parameter cannot have. */
export function checkNewName(key: SsmParameterKey): void {
  const { Name } = key;
  const parts = Name.split("/");
  if (Name.includes("/") && !Name.startsWith("/")) {
    throw new ValidationException("Parameter name must be a fully qualified name.");
  }
  const first = parts[0] === "" ? parts[1] : parts[0];
  if (/^(aws|ssm)/i.test(first ?? "")) {
    const which = parts.length > 1 ? '"aws" or "ssm"' : '"aws" or "ssm" (case-insensitive)';
    throw new ValidationException(`Parameter name: can't be prefixed with ${which}.`);
  }
  const isWrong = !/^[a-zA-Z0-9_.\-/]+$/.test(Name) || Name.endsWith("/") || Name.includes("//");
  if (isWrong) {
    throw new ValidationException(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (parts.length - 1 > MAX_LEVELS) {
    throw new HierarchyLevelLimitExceededException(
      `A parameter hierarchy can have a maximum of ${MAX_LEVELS} levels. The name has ${parts.length - 1}.`,
    );
  }
  if (parameterArn(key).length > MAX_ARN_CHARACTERS) {
    throw new ValidationException(`The name with its ARN must have at most ${MAX_ARN_CHARACTERS} characters.`);
  }
}
