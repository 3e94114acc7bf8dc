import { resolve } from "node:path";
import { expect, test } from "vitest";
import { configurationPage } from "./configurationPage.ts";

test("docs/configuration.md matches the schema", async () => {
  await expect(configurationPage()).toMatchFileSnapshot(resolve(import.meta.dirname, "../../../docs/configuration.md"));
});
