import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

test("the server's image starts Node with the flags and the settings of npm start", async () => {
  const root = resolve(import.meta.dirname, "../../..");
  const { NODE_FLAGS, MALLOC_SETTINGS } = (await import(resolve(root, "packages/server/bin/nodeFlags.mjs"))) as {
    NODE_FLAGS: string[];
    MALLOC_SETTINGS: Record<string, string>;
  };
  const dockerfile = readFileSync(resolve(root, "docker/server/Dockerfile"), "utf8");
  const flags = NODE_FLAGS.map((flag) => flag.replace(`${pathToFileURL(root).href}/`, "./")).join(" ");
  expect(dockerfile).toContain(`/bin/node ${flags} packages/server/src/main.ts`);
  for (const [name, value] of Object.entries(MALLOC_SETTINGS)) expect(dockerfile).toContain(` ${name}=${value}`);
});
