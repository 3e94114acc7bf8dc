import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  AliasName,
  Arn,
  FunctionName,
  functionArn,
  layerArn,
  NamespacedFunctionName,
  parseFunctionReference,
  parseLayerReference,
  Qualifier,
  RoleArn,
  text,
  LAYER_NAME_PATTERN,
  LAYER_VERSION_ARN_PATTERN,
  UnqualifiedFunctionName,
  VersionWithLatest,
} from "./index.ts";

const characters = (set: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...set.split("")), minLength: 1, maxLength });
const NAME = "abzABZ019-_";
const region = fc.constantFrom(
  "us-east-1",
  "eu-central-2",
  "us-gov-west-1",
  "us-iso-east-1",
  "cn-north-1",
  "ap-southeast-7",
);
const accountId = characters("0123456789", 12).map((digits) => digits.padStart(12, "0"));
const partition = fc.constantFrom("aws", "aws-cn", "aws-us-gov", "aws-iso-b");

const functionArns = fc
  .record({
    region,
    accountId,
    FunctionName: characters(NAME, 64),
    Qualifier: fc.option(fc.oneof(fc.constant("$LATEST"), characters(NAME, 20)), { nil: undefined }),
  })
  .map((parts) => functionArn(parts));
const layerVersionArns = fc
  .record({ region, accountId, LayerName: characters(NAME, 60), Version: fc.integer({ min: 1 }) })
  .map((parts) => layerArn(parts));
const roleArns = fc
  .tuple(partition, accountId, fc.array(characters(NAME, 10), { maxLength: 3 }), characters(`${NAME}+=,.@`, 64))
  .map(([where, account, path, name]) => `arn:${where}:iam::${account}:role/${[...path, name].join("/")}`);
const sourceArns = fc
  .tuple(
    partition,
    fc.constantFrom("sqs", "kinesis", "dynamodb", "kafka", "mq", "rds", "sns", "s3", "events"),
    region,
    accountId,
    characters(`${NAME}:/.`, 60),
  )
  .map(([where, service, place, account, resource]) => `arn:${where}:${service}:${place}:${account}:${resource}`);

const accepts = (shape: z.ZodType, value: string): boolean => shape.safeParse(value).success;
const LayerVersionArn = text({ min: 1, max: 140, pattern: LAYER_VERSION_ARN_PATTERN });
const LayerName = text({ min: 1, max: 140, pattern: LAYER_NAME_PATTERN });

describe("well-formed ARNs are taken", () => {
  test.each<[string, fc.Arbitrary<string>, z.ZodType]>([
    ["of a layer version", layerVersionArns, LayerVersionArn],
    ["of a role", roleArns, RoleArn],
    ["of an event source", sourceArns, Arn],
  ])("%s", (_what, arns, shape) => {
    fc.assert(
      fc.property(arns, (arn) => {
        expect(arn.length > 140 || accepts(shape, arn), arn).toBe(true);
      }),
    );
  });

  test("of a function, where a function is named", () => {
    fc.assert(
      fc.property(functionArns, (arn) => {
        expect(accepts(NamespacedFunctionName, arn), arn).toBe(true);
        const qualified = parseFunctionReference(arn)?.Qualifier !== undefined;
        if (arn.length <= 140) expect(accepts(UnqualifiedFunctionName, arn), arn).toBe(!qualified);
      }),
    );
  });
});

/** ARNs with text inserted, left out or repeated. */
const spoilt = fc
  .tuple(
    fc.oneof(functionArns, layerVersionArns, roleArns, sourceArns),
    fc.array(fc.tuple(fc.nat(80), fc.constantFrom("", ":", "/", " ", "\n", "\0", "*", "é", "💥", "..", "arn:", "$")), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([arn, edits]) => edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + 1), arn));

const SHAPES: Readonly<Record<string, z.ZodType>> = {
  FunctionName,
  NamespacedFunctionName,
  UnqualifiedFunctionName,
  LayerName,
  LayerVersionArn,
  RoleArn,
  Arn,
  Qualifier,
  AliasName,
  VersionWithLatest,
};

test("a mutated ARN that is accepted has no white space or control characters, and formatting it keeps its meaning", () => {
  fc.assert(
    fc.property(spoilt, (arn) => {
      for (const [name, shape] of Object.entries(SHAPES)) {
        const resourceMayBeAnything = shape === Arn;
        if (accepts(shape, arn) && !resourceMayBeAnything) expect(arn, name).toMatch(/^[!-~]+$/);
        if (accepts(shape, arn)) expect(arn).not.toMatch(/[\0\n]/);
      }
      const layer = parseLayerReference(arn);
      if (layer?.accountId !== undefined && layer.region !== undefined) {
        const { accountId: account, region: where, LayerName: name, Version } = layer;
        const again = layerArn({
          accountId: account,
          region: where,
          LayerName: name,
          ...(Version !== undefined && { Version }),
        });
        expect(parseLayerReference(again)).toEqual(layer);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each(Object.entries(SHAPES))(
  "%s decides about whatever text in time that grows no faster than the text",
  (_name, shape) => {
    const units = [
      "a",
      "-",
      ":",
      "/",
      "0",
      "arn:aws:",
      "arn:aws:lambda:us-east-1:",
      "us-gov-",
      "a/",
      "$LATEST",
      "\0",
      "é",
    ];
    for (const unit of units) {
      const hostile = `${unit.repeat(20_000 / unit.length)}!`;
      const startedMs = performance.now();
      shape.safeParse(hostile);
      shape.safeParse(`arn:aws:iam::000000000000:role/${hostile}`);
      expect(performance.now() - startedMs, unit).toBeLessThan(250);
    }
  },
);

test("every qualifier is either an alias name or a version number", () => {
  fc.assert(
    fc.property(fc.oneof(characters("0123456789", 128), characters(NAME, 128)), (qualifier) => {
      expect(accepts(AliasName, qualifier)).toBe(!/^\d+$/.test(qualifier));
      expect(accepts(VersionWithLatest, qualifier)).toBe(/^\d+$/.test(qualifier));
      expect(accepts(Qualifier, qualifier)).toBe(true);
    }),
  );
});
