import { functionArn } from "@hearth/model";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { CodeSigningConfigArn } from "../code-signing/codeSigning.ts";
import { TaggableResource } from "./tagsOf.ts";

const region = fc.constantFrom("us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1");
const accountId = fc.stringMatching(/^\d{12}$/);
const name = fc.stringMatching(/^[a-zA-Z0-9-_]{1,64}$/);
const inLambda = (resource: fc.Arbitrary<string>) =>
  fc.tuple(region, accountId, resource).map(([where, account, what]) => `arn:aws:lambda:${where}:${account}:${what}`);
const codeSigning = inLambda(fc.stringMatching(/^code-signing-config:csc-[a-z0-9]{17}$/));
const mapping = inLambda(fc.uuid().map((id) => `event-source-mapping:${id}`));
const functions = fc.record({ region, accountId, FunctionName: name }).map((parts) => functionArn(parts));

const accepts = (shape: z.ZodType, value: string): boolean => shape.safeParse(value).success;

describe("a taggable resource", () => {
  test("is the ARN of a function, an event source mapping or a code signing configuration", () => {
    const taggable = fc.oneof(functions, mapping, codeSigning);
    fc.assert(
      fc.property(taggable, (arn) => {
        expect(accepts(TaggableResource, arn), arn).toBe(true);
      }),
    );
  });

  test("is no other ARN, and no ARN with text before or after it", () => {
    const others = fc.oneof(
      inLambda(name.map((one) => `layer:${one}:1`)),
      fc
        .tuple(fc.oneof(mapping, codeSigning), fc.constantFrom(" ", "\n", ":", "/x", "é"))
        .map((parts) => parts.join("")),
      fc.tuple(fc.constantFrom(" ", "x", "arn:"), fc.oneof(functions, mapping)).map((parts) => parts.join("")),
      functions.map((arn) => arn.replace(":lambda:", ":s3:")),
    );
    fc.assert(
      fc.property(others, (arn) => {
        expect(accepts(TaggableResource, arn), arn).toBe(false);
      }),
    );
  });
});

test("a code signing configuration is named by its complete ARN", () => {
  fc.assert(
    fc.property(codeSigning, fc.nat(90), (arn, at) => {
      expect(accepts(CodeSigningConfigArn, arn)).toBe(true);
      const cut = arn.slice(0, at % arn.length);
      expect(accepts(CodeSigningConfigArn, cut), cut).toBe(false);
      expect(accepts(CodeSigningConfigArn, mappingLike(arn))).toBe(false);
    }),
  );
});

function mappingLike(arn: string): string {
  return arn.replace("code-signing-config", "event-source-mapping");
}
