import { createHmac } from "node:crypto";
import { ManualClock } from "@hearth/kit";
import type { Caller } from "@hearth/model";
import type { RequestContext } from "@hearth/wire";
import { expect, test } from "vitest";
import type { ApiDeps } from "../deps.ts";
import { codeLink, isGranted } from "./codeLink.ts";

const DIGEST = "a".repeat(64);
const caller: Caller = {
  accountId: "111111111111",
  accessKeyId: "AKIA1",
  arn: "arn:aws:iam::111111111111:root",
  userId: "111111111111",
  principal: { kind: "root" },
};

test("a link's grant is valid for one archive, one key and as long as the link", async () => {
  const clock = new ManualClock();
  const deps: Pick<ApiDeps, "findAccessKey" | "codeGrant" | "clock"> = {
    clock,
    codeGrant: (...said) => createHmac("sha256", "secret").update(said.join("\n")).digest("hex"),
    findAccessKey: () => ({ secretAccessKey: "s", caller }),
  };
  const context = {
    caller,
    region: "us-east-1",
    endpoint: "http://hearth",
    headers: {},
  } as Partial<RequestContext> as RequestContext;
  const link = new URL(await codeLink(DIGEST, context, deps));
  const Grant = link.searchParams.get("Grant") ?? "";
  expect(link.pathname).toBe(`/_hearth/code/${DIGEST}`);
  expect(isGranted(Grant, DIGEST, "AKIA1", deps)).toBe(true);
  expect(isGranted(Grant, "b".repeat(64), "AKIA1", deps)).toBe(false);
  expect(isGranted(Grant, DIGEST, "AKIA2", deps)).toBe(false);
  const [expires, proof = ""] = Grant.split(".");
  for (const forged of [`${Number(expires) + 600}.${proof}`, expires ?? "", "", `.${proof}`, `1e9.${proof}`]) {
    expect(isGranted(forged, DIGEST, "AKIA1", deps)).toBe(false);
  }
  await clock.advance(600_000);
  expect(isGranted(Grant, DIGEST, "AKIA1", deps)).toBe(false);
});
