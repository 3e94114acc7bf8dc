import { describe, expect, test } from "vitest";
import { blob, choice, FunctionName, integer, list, RoleArn, structure, textMap } from "./constraints.ts";
import { SerializationException, ValidationException } from "./errors.ts";
import { validationError } from "./validation.ts";

const Input = structure({
  FunctionName,
  Role: RoleArn,
  Timeout: integer({ min: 1, max: 900 }).optional(),
  TracingConfig: structure({ Mode: choice(["Active", "PassThrough"]).optional() }).optional(),
  Architectures: list({ values: ["x86_64", "arm64"] }, { min: 1, max: 1 }).optional(),
  Environment: structure({ Variables: textMap({ pattern: "[a-zA-Z]([a-zA-Z0-9_])+" }).optional() }).optional(),
});
const valid = { FunctionName: "hello", Role: "arn:aws:iam::000000000000:role/any" };

function errorOf(input: unknown): Error {
  const result = Input.safeParse(input);
  if (result.success) throw new Error("it is valid");
  return validationError(result.error, input);
}

describe("a validation error", () => {
  test("is absent for valid input, and unknown members are ignored", () => {
    expect(Input.parse({ ...valid, Timeout: 3, New: 1 })).toEqual({
      ...valid,
      Timeout: 3,
    });
  });

  test("contains the value and the pattern", () => {
    expect(errorOf({ ...valid, Role: "x" }).message).toBe(
      "1 validation error detected: Value 'x' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    );
  });

  test("names the missing required member", () => {
    expect(errorOf({ FunctionName: "hello" }).message).toBe(
      "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
    );
  });

  test("counts and joins several failures", () => {
    const error = errorOf({ ...valid, Timeout: 0, TracingConfig: { Mode: "On" } });
    expect(error).toBeInstanceOf(ValidationException);
    expect(error.message).toBe(
      "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1; Value 'On' at 'tracingConfig.mode' failed to satisfy constraint: Member must satisfy enum value set: [Active, PassThrough]",
    );
  });

  test("names the list of an invalid element and the map of an invalid key, and hides variables", () => {
    expect(errorOf({ ...valid, Architectures: ["mips"] }).message).toBe(
      "1 validation error detected: Value '[mips]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
    );
    expect(errorOf({ ...valid, Environment: { Variables: { a: "secret" } } }).message).toBe(
      "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
  });

  test("for a wrong JSON type is a SerializationException", () => {
    const error = errorOf({ ...valid, Timeout: "3" });
    expect(error).toBeInstanceOf(SerializationException);
    expect(error.message).toBe("STRING_VALUE can not be converted to an Integer");
  });

  test("a blob is base64 with or without padding, and nothing else", () => {
    for (const text of ["", "a", "ab", "abc", "abcd"]) {
      const encoded = Buffer.from(text).toString("base64");
      expect(Buffer.from(blob().parse(encoded)).toString()).toBe(text);
      expect(Buffer.from(blob().parse(encoded.replace(/=+$/, ""))).toString()).toBe(text);
    }
    for (const text of ["not base64", "abc%", "a b="]) expect(blob().safeParse(text).success, text).toBe(false);
  });
});
