import type { LayerVersionRecord } from "@hearth/store";
import { expect, test } from "vitest";
import { checkUnpackedSize } from "./attachedLayers.ts";
import { mayUseLayer } from "./layerMembers.ts";

const OWNER = "000000000000";
const OTHER = "111122223333";

function sharedBy(
  statement: Partial<NonNullable<LayerVersionRecord["policy"]>["statements"][number]>,
): LayerVersionRecord {
  const Resource = `arn:aws:lambda:us-east-1:${OWNER}:layer:l:1`;
  const given = { Sid: "s", Effect: "Allow", Principal: "*", Action: "lambda:GetLayerVersion", Resource } as const;
  return {
    accountId: OWNER,
    region: "us-east-1",
    LayerName: "l",
    Version: 1,
    Description: "",
    LicenseInfo: undefined,
    CompatibleRuntimes: [],
    CompatibleArchitectures: [],
    CreatedDate: new Date(0),
    code: { digest: "0".repeat(64), sizeBytes: 1 },
    policy: { RevisionId: "r", statements: [{ ...given, ...statement }] },
  };
}

test("the owner and the accounts that a statement names may use a layer", () => {
  const toOther = sharedBy({ Principal: { AWS: `arn:aws:iam::${OTHER}:root` } });
  expect(mayUseLayer(toOther, OTHER)).toBe(true);
  expect(mayUseLayer(toOther, "444455556666")).toBe(false);
  expect(mayUseLayer(sharedBy({ Principal: "*" }), OTHER)).toBe(true);
  expect(mayUseLayer({ ...toOther, policy: undefined }, OTHER)).toBe(false);
  expect(mayUseLayer({ ...toOther, policy: undefined }, OWNER)).toBe(true);
});

test("a statement for an organisation allows no account, because Hearth has no organisations", () => {
  const Condition = { StringEquals: { "aws:PrincipalOrgID": "o-t194hfs8cz" } };
  expect(mayUseLayer(sharedBy({ Principal: "*", Condition }), OTHER)).toBe(false);
});

test("code and layers together may have 250 MB unpacked", async () => {
  const MB = 1024 * 1024;
  const attached = ["a", "b"].map((digest) => ({ Arn: digest, CodeSize: 1, digest }));
  const sizes = (layerMb: number) => ({ code: { unpackedBytes: () => Promise.resolve(layerMb * MB) } });
  await expect(checkUnpackedSize(50 * MB, attached, sizes(100))).resolves.toBeUndefined();
  await expect(checkUnpackedSize(50 * MB + 1, attached, sizes(100))).rejects.toThrow(
    "Function code combined with layers exceeds the maximum allowed size of 262144000 bytes. The actual size is 262144001 bytes.",
  );
  await expect(checkUnpackedSize(1, attached, sizes(126))).rejects.toThrow(
    "Layers consume more than the available size of 262144000 bytes",
  );
});
