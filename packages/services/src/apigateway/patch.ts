import { BadRequestException } from "../apigatewayv2/errors.ts";

export type Settings = Readonly<Record<string, unknown>>;

/** https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html */
export interface PatchOperation {
  readonly op: string;
  readonly path?: string | undefined;
  readonly value?: string | undefined;
  readonly from?: string | undefined;
}

type Op = "add" | "remove" | "replace";

/** What may be done at a path, and how: `keys` are the segments that the placeholders of the path stand for. */
export interface PatchTarget {
  readonly ops: readonly Op[];
  readonly apply: (
    settings: Settings,
    change: {
      readonly op: Op;
      readonly segments: readonly string[];
      readonly keys: readonly string[];
      readonly value: string;
    },
  ) => Settings;
}

/** By path, such as `/requestParameters/{name}`. */
export type PatchTable = Readonly<Record<string, PatchTarget>>;

/** Settings with the operations of a PATCH applied in order. Throws BadRequestException for an operation that the table does not allow. */
export function patched(
  settings: Settings,
  operations: readonly PatchOperation[] = [],
  table: PatchTable = {},
): Settings {
  return operations.reduce((before, operation) => applied(before, operation, table), settings);
}

function applied(settings: Settings, { op, path = "", value = "" }: PatchOperation, table: PatchTable): Settings {
  const segments = segmentsOf(path);
  for (const [template, target] of Object.entries(table)) {
    // `x/credentials` has the segments of `/credentials`, but who asks for permissions compares the paths as they are written.
    const keys = path.startsWith("/") ? matched(segmentsOf(template), segments) : undefined;
    if (!keys || !isOp(op) || !target.ops.includes(op)) continue;
    return target.apply(settings, { op, segments, keys, value });
  }
  const allowed = Object.entries(table).flatMap(([template, { ops }]) =>
    ops.some((one) => one === op) ? [template] : [],
  );
  throw new BadRequestException(
    `Invalid patch path  '${path}' specified for op '${op}'. Must be one of: [${allowed.join(", ")}]`,
  );
}

function isOp(op: string): op is Op {
  return op === "add" || op === "remove" || op === "replace";
}

/** The segments of a JSON pointer. */
export function segmentsOf(path: string): readonly string[] {
  return path.split("/").slice(1).map(unescaped);
}

export function unescaped(segment: string): string {
  return segment.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** What the placeholders stand for; `undefined` where the path is another one. */
function matched(template: readonly string[], path: readonly string[]): readonly string[] | undefined {
  if (template.length !== path.length) return undefined;
  const keys: string[] = [];
  for (const [index, part] of template.entries()) {
    const segment = path[index] ?? "";
    if (part.startsWith("{")) keys.push(segment);
    else if (part !== segment) return undefined;
  }
  return keys;
}

type Kind = "text" | "bool" | "integer" | "double";

/** One value at the path itself. An empty text takes an optional one away, as `remove` does. */
export function scalar(kind: Kind = "text", { required = false } = {}): PatchTarget {
  return {
    ops: required ? ["replace"] : ["replace", "add", "remove"],
    apply: (settings, { op, segments, value }) =>
      changedAt(settings, segments, () =>
        op === "remove" || (value === "" && !required) ? undefined : valueOf(kind, value, segments),
      ),
  };
}

/** An entry of a map: the last segment of the path is its key. */
export function entry(kind: Kind = "text"): PatchTarget {
  return {
    ops: ["add", "replace", "remove"],
    apply: (settings, { op, segments, value }) =>
      changedAt(settings, segments, () => (op === "remove" ? undefined : valueOf(kind, value, segments))),
  };
}

/** An element of a list: the last segment of the path is the element. */
export function element(): PatchTarget {
  return {
    ops: ["add", "replace", "remove"],
    apply: (settings, { op, segments, value }) => {
      const named = segments.at(-1) ?? "";
      return changedAt(settings, segments.slice(0, -1), (before) => {
        const list = Array.isArray(before) ? before.map(String) : [];
        if (op === "remove") return list.filter((one) => one !== named);
        if (op === "replace") return list.map((one) => (one === named ? value : one));
        return list.includes(named) ? list : [...list, named];
      });
    },
  };
}

/** A list at the path itself: each operation adds or removes the element that is its value. */
export function elements(): PatchTarget {
  return {
    ops: ["add", "replace", "remove"],
    apply: (settings, { op, segments, value }) =>
      changedAt(settings, segments, (before) => {
        const list = Array.isArray(before) ? before.map(String) : [];
        const given = value.split(",").map((one) => one.trim());
        if (op === "remove") return list.filter((one) => !given.includes(one));
        return op === "replace" ? given : [...new Set([...list, ...given])];
      }),
  };
}

/** A group of settings that can only be removed as a whole. */
export function removable(): PatchTarget {
  return { ops: ["remove"], apply: (settings, { segments }) => changedAt(settings, segments, () => undefined) };
}

/** The first element of a list, whatever the last segment is: an index, or what the element was. */
export function onlyElement(): PatchTarget {
  return {
    ops: ["add", "replace"],
    apply: (settings, { op, segments, value }) =>
      changedAt(settings, segments.slice(0, -1), () => [op === "add" ? (segments.at(-1) ?? value) : value]),
  };
}

/** The document with what is at `path` replaced; `undefined` takes it away. Members that a client names are own members, whatever their names. */
export function changedAt(document: unknown, path: readonly string[], change: (before: unknown) => unknown): Settings {
  const [first, ...rest] = path;
  const entries = typeof document === "object" && document !== null ? Object.entries(document) : [];
  const before: unknown = entries.find(([key]) => key === first)?.[1];
  const after = rest.length === 0 ? change(before) : changedAt(before, rest, change);
  const others = entries.filter(([key]) => key !== first);
  return Object.fromEntries(after === undefined || first === undefined ? others : [...others, [first, after]]);
}

function valueOf(kind: Kind, value: string, segments: readonly string[]): unknown {
  const invalid = (): BadRequestException =>
    new BadRequestException(`Invalid patch value '${value}' specified for path '/${segments.join("/")}'`);
  if (kind === "text") return value;
  if (kind === "bool") {
    const isTrue = /^true$/i.test(value);
    if (!isTrue && !/^false$/i.test(value)) throw invalid();
    return isTrue;
  }
  const number = value.trim() === "" ? Number.NaN : Number(value);
  if (!Number.isFinite(number) || (kind === "integer" && !Number.isInteger(number))) throw invalid();
  return number;
}
