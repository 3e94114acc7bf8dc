import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Prints what a role reads when it is imported: names of packages, Hearth's and others. */
const PROGRAM = `
import { registerHooks } from "node:module";
const read = new Set();
registerHooks({
  load(url, context, next) {
    const own = /\\/packages\\/([^/]+)\\/src\\//.exec(url)?.[1];
    const other = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1];
    read.add(own ? "@hearth/" + own : (other ?? ""));
    return next(url, context);
  },
});
await import(process.argv[1]);
process.stdout.write(JSON.stringify([...read]), () => process.exit(0));
`;

function readBy(role: string): readonly string[] {
  const file = join(import.meta.dirname, `${role}.ts`);
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", PROGRAM, file], { encoding: "utf8" });
  return JSON.parse(out) as readonly string[];
}

test("the launcher reads no code of the services, and no libraries but its own: 20 MB of memory", () => {
  const own = readBy("launcher").filter((name) => name.startsWith("@hearth/"));
  expect(own.toSorted()).toEqual(["@hearth/drivers", "@hearth/kit", "@hearth/model", "@hearth/server"]);
}, 60_000);

test("what few installations use is read when it is used: the engine's client, mail, another server's SQS, collectors of spans", () => {
  const read = readBy("all");
  expect(read).toContain("@hearth/services");
  const rare = ["dockerode", "nodemailer", "@aws-sdk/client-sqs", "@opentelemetry/sdk-trace"];
  expect(rare.filter((name) => read.includes(name))).toEqual([]);
}, 60_000);
