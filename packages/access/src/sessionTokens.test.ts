import { systemRandom } from "@hearth/kit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SessionTokens } from "./sessionTokens.ts";

const tokens = new SessionTokens(Buffer.alloc(32, 1), systemRandom);
const caller = { accountId: "1", arn: "a", userId: "u", principal: { kind: "root" } } as const;

test("a token can be opened by every process that has the same secret, and by no other", () => {
  const issued = tokens.issue({ caller, issuedAt: 3, expiresAt: 5, parent: "AKIA", channel: "c" });
  const again = new SessionTokens(Buffer.alloc(32, 1), systemRandom);
  expect(again.open(issued.accessKeyId, issued.sessionToken)).toEqual({
    secretAccessKey: issued.secretAccessKey,
    sessionToken: issued.sessionToken,
    expiresAt: 5,
    parent: "AKIA",
    channel: "c",
    caller: { ...caller, accessKeyId: issued.accessKeyId, tokenIssuedAt: 3, channel: "c" },
  });
  expect(
    new SessionTokens(Buffer.alloc(32, 2), systemRandom).open(issued.accessKeyId, issued.sessionToken),
  ).toBeUndefined();
});

test("a token of a version that did not store its time of issue counts as issued at the earliest possible time", () => {
  const expiresAt = Date.UTC(2026, 0, 3);
  const { accessKeyId, sessionToken } = tokens.issue({ caller, expiresAt } as Parameters<SessionTokens["issue"]>[0]);
  const opened = tokens.open(accessKeyId, sessionToken);
  expect(opened?.caller.tokenIssuedAt).toBe(Date.UTC(2026, 0, 1, 12));
});

test("a token cannot be read without the secret", () => {
  const { sessionToken } = tokens.issue({ caller: { ...caller, arn: "arn:secret" }, issuedAt: 3, expiresAt: 5 });
  expect(Buffer.from(sessionToken, "base64").toString("latin1")).not.toContain("secret");
});

test("everything except an issued token with its own key id is refused", () => {
  const { accessKeyId, sessionToken } = tokens.issue({ caller, issuedAt: 3, expiresAt: 5 });
  const other = tokens.issue({ caller, issuedAt: 3, expiresAt: 5 });
  expect(tokens.open(other.accessKeyId, sessionToken)).toBeUndefined();
  expect(tokens.open(accessKeyId, other.sessionToken)).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(tokens.open(accessKeyId, text)).toBeUndefined();
    }),
  );
  fc.assert(
    fc.property(fc.nat(sessionToken.length - 1), fc.base64String({ minLength: 4, maxLength: 4 }), (at, part) => {
      const changed = sessionToken.slice(0, at) + part + sessionToken.slice(at + part.length);
      if (changed !== sessionToken) expect(tokens.open(accessKeyId, changed)).toBeUndefined();
    }),
  );
});
