import * as sdk from "@aws-sdk/client-lambda";
import * as model from "@hearth/model";
import { describe, expect, test } from "vitest";
import { operations } from "./operations.ts";

/** An error's schema as the SDK exports it: [-3, namespace, name, traits, members, member schemas]. */
type ErrorSchema = readonly [
  -3,
  string,
  string,
  { readonly error: "client" | "server"; readonly httpError: number },
  readonly string[],
];

const known = new Map(
  (Object.values(sdk) as readonly unknown[])
    .filter((value): value is ErrorSchema => Array.isArray(value) && value[0] === -3 && typeof value[3] === "object")
    .map((schema) => [schema[2], schema]),
);

/** Errors of AWS that are not in its model: of its gateway, its validation and its limit on body sizes. */
const NOT_IN_MODEL = new Set([
  "AccessDeniedException",
  "ExpiredTokenException",
  "IncompleteSignatureException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "NotImplementedException",
  "RequestEntityTooLargeException",
  "SerializationException",
  "ThrottlingException",
  "UnknownOperationException",
  "UnrecognizedClientException",
  "ValidationException",
]);

/** Errors of Hearth's own, with a status that AWS's error of the same code does not have: AWS has no full disk. */
const OUR_OWN: ReadonlySet<unknown> = new Set([model.DiskFullException]);

type Constructor = new (...args: string[]) => model.AwsError;
const classes = (Object.values(model) as readonly unknown[]).filter(
  (value): value is Constructor =>
    typeof value === "function" &&
    value !== model.AwsError &&
    !OUR_OWN.has(value) &&
    value.prototype instanceof model.AwsError,
);
const errors = classes.map((kind) => new kind("text")).map((error) => [error.code, error] as const);

describe("an error has the status, fault and members of the SDK's error with its name", () => {
  test.each(errors)("%s", (code, error) => {
    const schema = known.get(code);
    if (!schema) {
      expect(NOT_IN_MODEL).toContain(code);
      return;
    }
    const [, , , { error: fault, httpError }, members] = schema;
    expect([error.fault, error.httpStatus]).toEqual([fault, httpError]);
    expect(members).toEqual(expect.arrayContaining([error.messageKey, ...Object.keys(error.members)]));
    expect(members).not.toContain(error.messageKey === "message" ? "Message" : "message");
  });
});

test("every error that an operation declares has a name of AWS's", () => {
  const unknown = operations.flatMap(({ name, errors: kinds }) =>
    kinds
      .map((kind) => kind.name)
      .filter((code) => !known.has(code) && !NOT_IN_MODEL.has(code))
      .map((code) => `${name}: ${code}`),
  );
  expect(unknown).toEqual([]);
});
