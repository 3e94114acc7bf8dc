import { membersOf, type OperationMember, type OperationSchema, type Schema } from "./operationSchemas.ts";
import type { RawCall } from "./signedFetch.ts";

/** A seeded sequence of fractions, so that a failed run can be repeated. */
export type Dice = () => number;

export function diceOf(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ACCOUNT = "000000000000";
const ARN = `arn:aws:lambda:us-east-1:${ACCOUNT}`;
const UUID = "11111111-2222-3333-4444-555555555555";
const FUNCTIONS = ["junk-a", "junk-b", "junk-c"];

/** Plausible values by member name, so that requests pass the first checks. */
const PLAUSIBLE: Readonly<Record<string, readonly unknown[]>> = {
  FunctionName: [
    ...FUNCTIONS,
    `${ARN}:function:junk-a`,
    "junk-a:1",
    `${ARN}:function:junk-a:live`,
    "000000000000:junk-b",
  ],
  Qualifier: ["1", "live", "$LATEST", "7", "999999999999999999"],
  Name: ["live", "other"],
  FunctionVersion: ["1", "$LATEST", "2", "ALL"],
  Version: ["1", "2"],
  VersionNumber: [1, 2, 2 ** 60],
  LayerName: ["layer", `${ARN}:layer:layer`],
  Arn: [`${ARN}:layer:layer:1`, `${ARN}:layer:layer:99999999999999999999`],
  Resource: [
    `${ARN}:function:junk-a`,
    `${ARN}:event-source-mapping:${UUID}`,
    `${ARN}:code-signing-config:csc-${"0".repeat(17)}`,
  ],
  ResourceArn: [`${ARN}:function:junk-a`, `${ARN}:function:junk-a:live`],
  CodeSigningConfigArn: [`${ARN}:code-signing-config:csc-${"0".repeat(17)}`],
  EventSourceArn: ["arn:aws:sqs:us-east-1:000000000000:queue", "arn:aws:kinesis:us-east-1:000000000000:stream/s"],
  UUID: [UUID],
  Role: [`arn:aws:iam::${ACCOUNT}:role/any`],
  Runtime: ["nodejs22.x", "python3.13", "provided.al2023"],
  Handler: ["index.handler"],
  Action: ["lambda:InvokeFunction"],
  Principal: ["*", "s3.amazonaws.com", "111111111111"],
  StatementId: ["one", "two"],
  Policy: ['{"Version":"2012-10-17","Statement":[]}', "{", "null"],
  Marker: ["x", "bnVsbA", "WyJhIl0", "WzFlMzA5LDFd"],
  MaxItems: [1, 50],
  InvocationType: ["DryRun", "Event", "RequestResponse"],
  LogType: ["Tail"],
  ClientContext: ["e30=", "bm90IGpzb24="],
  AuthType: ["NONE"],
  FunctionUrlAuthType: ["NONE"],
  ReservedConcurrentExecutions: [0, 1],
  ProvisionedConcurrentExecutions: [1],
  Timeout: [3],
  MemorySize: [128],
  Tags: [{ a: "b" }],
  TagKeys: [["a"]],
  tagKeys: ["a"],
  SigningProfileVersionArns: [["arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/v"]],
  CompatibleRuntimes: [["nodejs22.x"]],
  CompatibleRuntime: ["nodejs22.x"],
  Publish: [true, false],
  RecursiveLoop: ["Allow", "Terminate"],
  UpdateRuntimeOn: ["Auto"],
  MaximumRetryAttempts: [0, 1],
  MaximumEventAgeInSeconds: [60],
  Description: ["words", "", "é"],
  BatchSize: [1, 10],
  Enabled: [true, false],
  List: ["ALL"],
  RevisionId: [UUID],
};

const WORDS = [
  "",
  " ",
  "null",
  "true",
  "0",
  "-1",
  "99999999999999999999",
  "a",
  "$LATEST",
  "../../etc/passwd",
  "a/b",
  "a%2Fb",
  "%",
  "\0",
  "\uD800",
  "é",
  "日本",
  "💥",
  "\r\nX-Injected: yes",
  "'; DROP TABLE functions; --",
  "{{}}",
  "__proto__",
  "constructor",
  "arn:aws:lambda:::",
  "arn:aws:lambda:us-east-1:111111111111:function:junk-a",
  "arn:aws:lambda:eu-west-1:000000000000:function:junk-a:1:2",
  "x".repeat(300),
  "x".repeat(3_000),
  "9".repeat(400),
];
const NUMBERS = [0, 1, -1, 0.5, 128, 2 ** 31, 2 ** 53, 2 ** 63, 1e21, 1e308, -(2 ** 63)];

function oneOf<T>(dice: Dice, values: readonly T[]): T {
  return values[Math.floor(dice() * values.length)] as T;
}

function junk(dice: Dice, depth = 0): unknown {
  const kind = dice();
  if (kind < 0.45) return oneOf(dice, WORDS);
  if (kind < 0.65) return oneOf(dice, NUMBERS);
  if (kind < 0.75) return oneOf(dice, [null, true, false]);
  if (depth > 3) return [];
  const parts = Array.from({ length: Math.floor(dice() * 4) }, () => junk(dice, depth + 1));
  if (kind < 0.85) return parts;
  return Object.fromEntries(parts.map((part) => [oneOf(dice, WORDS), part]));
}

/** How much of a request is junk, and how likely it contains a member without a plausible value. */
interface Mood {
  readonly junk: number;
  readonly others: number;
}

const MILD: Mood = { junk: 0.03, others: 0.03 };
const WILD: Mood = { junk: 0.25, others: 0.5 };

/** A value that roughly has the shape. */
function valueOf(dice: Dice, mood: Mood, name: string, schema: Schema, zip: Uint8Array, depth = 0): unknown {
  if (dice() < mood.junk) return junk(dice);
  const plausible = PLAUSIBLE[name];
  if (plausible) return oneOf(dice, plausible);
  const shape = typeof schema === "function" ? schema() : schema;
  if (Array.isArray(shape)) {
    const parts = shape as readonly unknown[];
    const inner = (part: unknown): Schema => (Array.isArray(part) && part.length === 2 ? part[0] : part) as Schema;
    if (parts[0] === 3) return depth > 4 ? {} : structureOf(dice, mood, membersOf(parts), zip, depth + 1);
    if (parts[0] === 1) return [valueOf(dice, mood, name, inner(parts[4]), zip, depth + 1)];
    if (parts[0] === 2) return { [oneOf(dice, WORDS)]: valueOf(dice, mood, name, inner(parts[5]), zip, depth + 1) };
    return valueOf(dice, mood, name, inner(parts[4]), zip, depth);
  }
  switch (shape) {
    case 1:
    case 17:
      return oneOf(dice, NUMBERS);
    case 2:
      return dice() < 0.5;
    case 21:
    case 42:
      return Buffer.from(dice() < 0.8 ? zip : Buffer.from("no zip")).toString("base64");
    case 64:
      return [oneOf(dice, WORDS)];
    case 128:
      return { [oneOf(dice, WORDS)]: oneOf(dice, WORDS) };
    default:
      return oneOf(dice, WORDS);
  }
}

function structureOf(
  dice: Dice,
  mood: Mood,
  members: readonly OperationMember[],
  zip: Uint8Array,
  depth: number,
): object {
  return Object.fromEntries(
    members
      .filter((member) => isThere(dice, mood, member))
      .map(({ name, schema }) => [name, valueOf(dice, mood, name, schema, zip, depth)]),
  );
}

function isThere(dice: Dice, mood: Mood, { name }: OperationMember): boolean {
  if (/^(ZipFile|Code|Content|AllowedPublishers|SigningProfileVersionArns)$/.test(name)) return dice() < 0.95;
  return dice() < (name in PLAUSIBLE && !/Marker|RevisionId|CodeSigningConfigArn/.test(name) ? 0.8 : mood.others);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
/** Text that HTTP allows in a header. */
const headerOf = (value: unknown): string => textOf(value).replaceAll(/[^\u0020-\u007E]/g, "?");

/** A request for the operation, with members that are partly valid. */
export function junkCall(dice: Dice, { method, path, members }: OperationSchema, zip: Uint8Array): RawCall {
  const mood = dice() < 0.7 ? MILD : WILD;
  const [route = "", fixed] = path.split("?");
  const label = (segment: string): string => {
    const name = /^\{(.+?)\+?\}$/.exec(segment)?.[1];
    return name === undefined ? segment : textOf(valueOf(dice, mood, name, 0, zip)) || "x";
  };
  const query: [string, string][] = fixed === undefined ? [] : [[fixed.split("=")[0] ?? "", fixed.split("=")[1] ?? ""]];
  const headers: Record<string, string> = {};
  const body: Record<string, unknown> = {};
  let payload: Uint8Array | undefined;
  for (const member of members) {
    if (path.includes(`{${member.name}}`) || !isThere(dice, mood, member)) continue;
    const value = valueOf(dice, mood, member.name, member.schema, zip);
    if (member.query !== undefined) query.push([member.query, textOf(value)]);
    else if (member.header !== undefined) headers[member.header] = headerOf(value);
    else if (member.isPayload) payload = Buffer.from(textOf(value));
    else body[member.name] = value;
  }
  if (mood === WILD && dice() < 0.1) query.push([oneOf(dice, WORDS), oneOf(dice, WORDS)]);
  if (mood === WILD && dice() < 0.1)
    headers["content-type"] = oneOf(dice, ["text/plain", "application/json; charset=latin1", "multipart/x", ""]);
  if (mood === WILD && dice() < 0.05) headers["content-encoding"] = "gzip";
  if (mood === WILD && dice() < 0.1) headers["amz-sdk-invocation-id"] = headerOf(oneOf(dice, WORDS));
  return {
    method,
    path: route.slice(1).split("/").map(label),
    query,
    headers,
    body: payload ?? (mood === MILD ? jsonOf(body, method) : bodyBytes(dice, body, method)),
  };
}

function jsonOf(body: object, method: string): Uint8Array {
  return method === "GET" ? new Uint8Array() : Buffer.from(JSON.stringify(body));
}

function bodyBytes(dice: Dice, body: object, method: string): Uint8Array {
  const text = JSON.stringify(body);
  const kind = dice();
  if (kind < 0.85) return kind < 0.8 ? jsonOf(body, method) : Buffer.from(text);
  if (kind < 0.9) return Buffer.from(text.slice(0, Math.floor(text.length * dice())));
  if (kind < 0.93) return Buffer.from(`${"[".repeat(20_000)}`);
  if (kind < 0.96) return Buffer.from([0xff, 0xfe, 0x00, ...Buffer.from(text, "utf16le")]);
  return Buffer.from(JSON.stringify(junk(dice)));
}
