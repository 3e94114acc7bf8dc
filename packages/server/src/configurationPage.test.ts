import { resolve } from "node:path";
import { expect, test } from "vitest";
import { configurationPage } from "./configurationPage.ts";

test("docs/configuration.md is what the schema says", async () => {
  await expect(configurationPage()).toMatchFileSnapshot(resolve(import.meta.dirname, "../../../docs/configuration.md"));
});
