import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  FUNCTION_NAME_PATTERN,
  type FunctionReference,
  formatFunctionReference,
  functionArn,
  NAMESPACED_FUNCTION_NAME_PATTERN,
  parseFunctionReference,
} from "./arn.ts";

const letters = "abcXYZ019-_".split("");
const name = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 64 });
const region = fc.constantFrom("us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1");
const accountId = fc.string({ unit: fc.constantFrom(..."0123456789".split("")), minLength: 12, maxLength: 12 });
const qualifier = fc.oneof(fc.constant("$LATEST"), fc.nat().map(String), name);

describe("a function reference", () => {
  test.each<[string, FunctionReference]>([
    ["hello", { FunctionName: "hello" }],
    ["hello:$LATEST", { FunctionName: "hello", Qualifier: "$LATEST" }],
    ["hello:prod", { FunctionName: "hello", Qualifier: "prod" }],
    ["function:hello", { FunctionName: "hello" }],
    ["123456789012:function:hello", { FunctionName: "hello", accountId: "123456789012" }],
    ["123456789012:hello:7", { FunctionName: "hello", accountId: "123456789012", Qualifier: "7" }],
    [
      "arn:aws:lambda:us-east-1:123456789012:function:hello:7",
      { FunctionName: "hello", partition: "aws", region: "us-east-1", accountId: "123456789012", Qualifier: "7" },
    ],
    ["123456789012", { FunctionName: "123456789012" }],
  ])("%s has the parts that AWS reads from it", (text, reference) => {
    expect(parseFunctionReference(text)).toEqual(reference);
  });

  test.each(["", "a b", "hello:", "hello:a:b", "arn:aws:s3:::bucket", "hello:$latest", "hello\n"])(
    "%j is not one",
    (text) => {
      expect(parseFunctionReference(text)).toBeUndefined();
    },
  );

  test("is parsed to what was formatted", () => {
    const reference = fc.record(
      { FunctionName: name, accountId, Qualifier: qualifier },
      { requiredKeys: ["FunctionName"] },
    );
    fc.assert(
      fc.property(reference, (written) => {
        expect(parseFunctionReference(formatFunctionReference(written))).toEqual(written);
      }),
    );
  });

  test("has the parts of the ARN", () => {
    fc.assert(
      fc.property(
        region,
        accountId,
        name,
        fc.option(qualifier, { nil: undefined }),
        (where, account, FunctionName, Qualifier) => {
          const parsed = parseFunctionReference(
            functionArn({ region: where, accountId: account, FunctionName, Qualifier }),
          );
          expect(parsed).toMatchObject({ region: where, accountId: account, FunctionName });
          expect(parsed?.Qualifier).toBe(Qualifier);
        },
      ),
    );
  });

  test("is parsed exactly when AWS's pattern matches", () => {
    const pattern = new RegExp(`^(?:${NAMESPACED_FUNCTION_NAME_PATTERN})$`);
    const narrow = new RegExp(`^(?:${FUNCTION_NAME_PATTERN})$`);
    const pieces = fc.constantFrom(
      "arn:aws:lambda:",
      "us-east-1:",
      "123456789012:",
      "function:",
      "hello",
      ":",
      "$LATEST",
      ".",
      " ",
      "7",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 7 }), (parts) => {
        const text = parts.join("");
        expect(parseFunctionReference(text) !== undefined).toBe(pattern.test(text));
        if (narrow.test(text)) expect(parseFunctionReference(text)).toBeDefined();
      }),
    );
  });
});
