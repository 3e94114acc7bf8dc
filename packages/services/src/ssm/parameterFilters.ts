import { ValidationException } from "@hearth/model";
import type { SsmParameterFacts } from "@hearth/store";
import { InvalidFilterKey, InvalidFilterOption, InvalidFilterValue } from "./errors.ts";

export interface ParameterFilter {
  readonly Key: string;
  readonly Option?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

type Matches = (parameter: SsmParameterFacts) => boolean;

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  Name: ["Equals", "BeginsWith", "Contains"],
  KeyId: ["Equals", "BeginsWith"],
  Type: ["Equals", "BeginsWith"],
  Path: ["Recursive", "OneLevel"],
  Label: ["Equals"],
  Tier: ["Equals"],
  DataType: ["Equals"],
};

/** A test for the filters together. Throws AWS's errors for filters that the operation does not take. */
export function parameterFilter(filters: readonly ParameterFilter[], allowed: readonly string[]): Matches {
  const keys = filters.map(({ Key }) => Key);
  const repeated = keys.find((key, at) => keys.indexOf(key) !== at);
  if (repeated !== undefined) {
    throw new ValidationException(
      `The following filters are duplicated in the request: [${repeated}]. A request can contain only one instance of a specific filter.`,
    );
  }
  const tests = filters.map((filter) => testOf(filter, allowed));
  return (parameter) => tests.every((matches) => matches(parameter));
}

function testOf({ Key, Option, Values = [] }: ParameterFilter, allowed: readonly string[]): Matches {
  const kind = Key.startsWith("tag:") ? "tag" : Key;
  if (!allowed.includes(kind)) {
    throw new InvalidFilterKey(
      `The following filter key is not valid: ${Key}. Valid filter keys include: [${allowed.join(", ")}].`,
    );
  }
  const options = OPTIONS[kind] ?? ["Equals"];
  const option = Option ?? options[0] ?? "Equals";
  if (!options.includes(option)) {
    throw new InvalidFilterOption(
      `The following filter option is not valid: ${option}. Valid options include: [${options.join(", ")}].`,
    );
  }
  if (kind === "tag") return ({ tags }) => hasTag(tags[Key.slice("tag:".length)], Values);
  if (Values.length === 0) {
    throw new InvalidFilterValue(`The following filter values are missing : null for filter key ${Key}`);
  }
  if (kind === "Path") return ({ Name }) => Values.some((path) => isBelow(Name, path, option));
  if (kind === "Label") return ({ labels }) => Values.some((label) => labels.includes(label));
  return (parameter) => Values.some((wanted) => compare(valueOf(parameter, kind), wanted, option));
}

/** Without values, the tag's presence decides. */
function hasTag(value: string | undefined, wanted: readonly string[]): boolean {
  return value !== undefined && (wanted.length === 0 || wanted.includes(value));
}

function isBelow(Name: string, path: string, option: string): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  return Name.startsWith(prefix) && (option === "Recursive" || !Name.slice(prefix.length).includes("/"));
}

function valueOf({ Name, Type, settings }: SsmParameterFacts, key: string): string {
  const values: Readonly<Record<string, string | undefined>> = {
    Name,
    Type,
    KeyId: settings.KeyId,
    Tier: settings.Tier,
    DataType: settings.DataType,
  };
  return values[key] ?? "";
}

function compare(value: string, wanted: string, option: string): boolean {
  if (option === "BeginsWith") return value.startsWith(wanted);
  return option === "Contains" ? value.includes(wanted) : value === wanted;
}
