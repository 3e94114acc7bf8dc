import { expect, test } from "vitest";
import { recordedInput } from "./recordedInput.ts";

const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";
const recorded = (input: unknown, max = 16_384): unknown => JSON.parse(recordedInput(input, max));

test("secrets, bodies and values of variables are hidden; references to secrets and policy documents stay", () => {
  const PolicyDocument = '{"Statement":[{"Action":"secretsmanager:GetSecretValue"}]}';
  expect(
    recorded({
      FunctionName: "f",
      Code: { ZipFile: Buffer.from("PK"), S3Bucket: "code" },
      Environment: { Variables: { DB_URL: "postgres://u:p@h", Password: "x" } },
      Payload: Buffer.from("{}"),
      SecretAccessKey: "abc",
      NewPassword: "abc",
      Auth: { sessionToken: "abc" },
      SecretArn: "arn:aws:secretsmanager:us-east-1:1:secret:s",
      AccessKeyId: "AKIA1",
      PolicyDocument,
    }),
  ).toEqual({
    FunctionName: "f",
    Code: { ZipFile: HIDDEN, S3Bucket: "code" },
    Environment: { Variables: { DB_URL: HIDDEN, Password: HIDDEN } },
    Payload: HIDDEN,
    SecretAccessKey: HIDDEN,
    NewPassword: HIDDEN,
    Auth: { sessionToken: HIDDEN },
    SecretArn: "arn:aws:secretsmanager:us-east-1:1:secret:s",
    AccessKeyId: "AKIA1",
    PolicyDocument,
  });
});

test.each([
  ["a long text", { Description: "x".repeat(1e6) }],
  ["a long list", { Names: Array.from({ length: 1e5 }, (_, at) => `name-${at}`) }],
  ["a long map", { Tags: Object.fromEntries(Array.from({ length: 1e5 }, (_, at) => [`key-${at}`, "v"])) }],
  ["long keys", { Tags: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}`.repeat(5e4), "v"])) }],
  ["many numbers", { Numbers: Array.from({ length: 1e5 }, () => 1.2345678901234) }],
])("%s is cut, and what is left is JSON", (_name, input) => {
  const text = recordedInput(input, 1024);
  expect(text.length).toBeLessThan(4096);
  expect(JSON.parse(text)).toBeTypeOf("object");
});

test("deep structures are cut, and the members left out are counted", () => {
  let deep: object = { end: true };
  for (let level = 0; level < 100; level++) deep = { deep };
  expect(recorded(deep)).toMatchObject({ "(omitted)": 1 });
});

test("text that PostgreSQL cannot store is changed so that it can", () => {
  expect(recorded({ Name: "a\0b\ud800", ["k\0"]: "v" })).toEqual({ Name: "ab\ufffd", k: "v" });
});

test("members with the names of built-in object members stay data", () => {
  const input = JSON.parse('{"__proto__": {"x": "y"}, "constructor": "c"}') as object;
  expect(recordedInput(input, 1024)).toBe('{"__proto__":{"x":"y"},"constructor":"c"}');
});
