import { resolve } from "node:path";
import { expect, test } from "vitest";
import { cliPage } from "./cliPage.ts";

test("docs/cli.md has every command and option", async () => {
  await expect(cliPage()).toMatchFileSnapshot(resolve(import.meta.dirname, "../../../docs/cli.md"));
});
