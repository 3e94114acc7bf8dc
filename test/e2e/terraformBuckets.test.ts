import { noTerraform, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe } from "vitest";
import { testBucketsByTerraform } from "./testBucketsByTerraform.ts";

describe("terraform", () => {
  describe("buckets", skipReason(noTerraform()), () => {
    let hearth: RunningHearth;
    beforeAll(async () => void (hearth = await startHearth()));
    afterAll(async () => await hearth?.[Symbol.asyncDispose]());

    testBucketsByTerraform(() => hearth);
  });
});
