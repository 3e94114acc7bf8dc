import { ManualClock } from "@hearth/kit";
import type { ServiceSender } from "@hearth/model";
import { beforeEach, describe, expect, test } from "vitest";
import { Authorizer } from "./authorizer.ts";
import type { Identity } from "./identities.ts";
import { compilePolicy } from "./policy/policy.ts";
import { Senders } from "./senders.ts";

const ACCOUNT = "111111111111";
const QUEUE = `arn:aws:sqs:us-east-1:${ACCOUNT}:q`;
const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:t`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/sender`;
const SEND = { action: "sqs:SendMessage", resource: QUEUE };

let queuePolicy: object | undefined;
let role: Identity | undefined;
beforeEach(() => {
  queuePolicy = undefined;
  role = undefined;
});

const identities = { find: () => Promise.resolve(role), of: () => role };
const senders = new Senders({
  identities,
  authorizer: new Authorizer({
    identities,
    clock: new ManualClock(),
    services: [
      {
        signingName: "sqs",
        questions: () => [],
        resources: {
          policiesAbout: () => (queuePolicy ? [queuePolicy] : []),
          tagsOf: () => Promise.resolve({ team: "a" }),
        },
      },
    ],
  }),
});

const topic: ServiceSender = {
  kind: "service",
  accountId: ACCOUNT,
  region: "us-east-1",
  principal: "sns.amazonaws.com",
  sourceArn: TOPIC,
};

function allow(Principal: unknown, Condition?: object, Effect = "Allow"): object {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect, Principal, Action: "sqs:SendMessage", Resource: QUEUE, Condition }],
  };
}

const may = async (sender: ServiceSender = topic): Promise<boolean> =>
  (await senders.refusalOf(sender, SEND)) === undefined;

describe("a service without a role", () => {
  test("may send to no resource whose policy does not allow it, not even of its own account", async () => {
    expect(await senders.refusalOf(topic, SEND)).toBe(
      `sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: ${QUEUE} because no resource-based policy allows the sqs:SendMessage action for ${TOPIC}`,
    );
    queuePolicy = allow({ Service: "events.amazonaws.com" });
    expect(await may()).toBe(false);
  });

  test.each([
    ["by its name", { Service: "sns.amazonaws.com" }, undefined],
    ["by its source", { Service: "sns.amazonaws.com" }, { ArnEquals: { "aws:SourceArn": TOPIC } }],
    [
      "by a pattern of sources",
      { Service: "sns.amazonaws.com" },
      { ArnLike: { "AWS:SourceArn": "arn:aws:sns:*:*:*" } },
    ],
    ["by its account", { Service: "sns.amazonaws.com" }, { StringEquals: { "aws:SourceAccount": ACCOUNT } }],
    ["as everyone, with its source", "*", { ArnEquals: { "aws:SourceArn": TOPIC } }],
    ["as every account, with its source", { AWS: "*" }, { ArnEquals: { "aws:SourceArn": TOPIC } }],
    ["by the resource's tag", "*", { StringEquals: { "aws:ResourceTag/team": "a" } }],
  ])("may send where the resource's policy allows it %s", async (_how, Principal, Condition) => {
    queuePolicy = allow(Principal, Condition);
    expect(await may()).toBe(true);
  });

  test.each([
    ["another source", { ArnEquals: { "aws:SourceArn": `${TOPIC}2` } }],
    ["another account", { StringEquals: { "aws:SourceAccount": "222222222222" } }],
  ])("may not send where the policy allows only %s", async (_what, Condition) => {
    queuePolicy = allow({ Service: "sns.amazonaws.com" }, Condition);
    expect(await may()).toBe(false);
  });

  test("may not send where the policy denies it", async () => {
    const both = [allow("*"), allow("*", undefined, "Deny")] as unknown as { Statement: object[] }[];
    queuePolicy = { Version: "2012-10-17", Statement: both.flatMap(({ Statement }) => Statement) };
    expect(await senders.refusalOf(topic, SEND)).toMatch(/with an explicit deny in a resource-based policy$/);
  });
});

describe("a service with a role", () => {
  const withRole = { ...topic, RoleArn: ROLE };

  function roleWith(trust: object, ...statements: readonly object[]): Identity {
    return {
      id: "AROA",
      Path: "/",
      Tags: {},
      policies: [compilePolicy({ Statement: statements as never })],
      boundary: undefined,
      trust: compilePolicy({ Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", ...trust }] }),
      MaxSessionDuration: 3600,
    };
  }

  const trusting = { Principal: { Service: "sns.amazonaws.com" } };
  const mayBySelf = { Effect: "Allow", Action: "sqs:*", Resource: "*" };

  test("may send what the role's policies allow, without a policy of the resource", async () => {
    role = roleWith(trusting, mayBySelf);
    expect(await may(withRole)).toBe(true);
  });

  test("may not send what the role's policies do not allow", async () => {
    role = roleWith(trusting);
    expect(await senders.refusalOf(withRole, SEND)).toMatch(
      /no identity-based policy allows the sqs:SendMessage action/,
    );
  });

  test("may not use a role that does not exist, does not trust it, or trusts it for another source", async () => {
    expect(await senders.refusalOf(withRole, SEND)).toBe(`sns.amazonaws.com may not assume the role ${ROLE}`);
    role = roleWith({ Principal: { Service: "events.amazonaws.com" } }, mayBySelf);
    expect(await may(withRole)).toBe(false);
    role = roleWith({ ...trusting, Condition: { ArnEquals: { "aws:SourceArn": `${TOPIC}2` } } }, mayBySelf);
    expect(await may(withRole)).toBe(false);
    role = roleWith({ ...trusting, Condition: { ArnEquals: { "aws:SourceArn": TOPIC } } }, mayBySelf);
    expect(await may(withRole)).toBe(true);
  });

  test("may not use a role of another account", async () => {
    role = roleWith(trusting, mayBySelf);
    expect(await may({ ...topic, RoleArn: "arn:aws:iam::222222222222:role/sender" })).toBe(false);
  });
});
