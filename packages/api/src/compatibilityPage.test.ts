import { resolve } from "node:path";
import { expect, test } from "vitest";
import { compatibilityPage } from "./compatibilityPage.ts";

test("docs/compatibility.md is what the table of operations says", async () => {
  await expect(compatibilityPage()).toMatchFileSnapshot(resolve(import.meta.dirname, "../../../docs/compatibility.md"));
});
