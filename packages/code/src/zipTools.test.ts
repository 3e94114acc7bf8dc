import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram, zipOf } from "@hearth/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeTree } from "./removeTree.ts";
import { unpackZip } from "./unpack.ts";
import { inspectZip } from "./zipMembers.ts";

const FILES: Readonly<Record<string, string>> = {
  "app.py": "def handler(event, context):\n    return event\n",
  bootstrap: "#!/bin/sh\n",
  "lib/grüße/data.json": "{}",
  "empty.txt": "",
  "large.txt": "line\n".repeat(400_000),
};

const STREAM = `import os, sys, zipfile
class Pipe:
    def write(self, data): return sys.stdout.buffer.write(data)
    def flush(self): sys.stdout.buffer.flush()
with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
    for folder, _, names in os.walk("."):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path): archive.write(path, os.path.relpath(path, "."))
`;
const WIDE = `import os, sys, zipfile
with zipfile.ZipFile("../out.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for folder, folders, names in os.walk("."):
        archive.write(folder)
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path): continue
            info = zipfile.ZipInfo.from_file(path, os.path.relpath(path, "."))
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as to: to.write(open(path, "rb").read())
sys.stdout.buffer.write(open("../out.zip", "rb").read())
`;

/** Commands that write an archive of the working directory to standard output. */
const TOOLS: readonly { readonly name: string; readonly command: readonly string[]; readonly keeps: string }[] = [
  {
    name: "zip",
    command: ["sh", "-c", "zip -qry ../out.zip . && cat ../out.zip && rm ../out.zip"],
    keeps: "modes links",
  },
  {
    name: "zip, stored",
    command: ["sh", "-c", "zip -qr0 ../out.zip . && cat ../out.zip && rm ../out.zip"],
    keeps: "modes",
  },
  // Without -y: some builds of zip refuse to store a link in an archive that goes into a pipe.
  { name: "zip into a pipe", command: ["sh", "-c", "zip -qr - . | cat"], keeps: "modes" },
  { name: "python3 zipfile into a pipe", command: ["python3", "-c", STREAM], keeps: "modes" },
  { name: "python3 zipfile, zip64", command: ["python3", "-c", WIDE], keeps: "modes" },
  { name: "jar", command: ["sh", "-c", "jar cMf ../out.zip . && cat ../out.zip && rm ../out.zip"], keeps: "" },
];
const programOf = (name: string): string => name.split(/[ ,]/)[0] ?? name;
const here = TOOLS.filter(({ name }) => findProgram(programOf(name)));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearth-tools-"));
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(folder, "source", path, ".."), { recursive: true });
    await writeFile(join(folder, "source", path), content);
  }
  await chmod(join(folder, "source/bootstrap"), 0o755);
  await symlink("../bootstrap", join(folder, "source/lib/start"));
});
afterAll(async () => await removeTree(folder));

async function expectWhole(name: string, bytes: Uint8Array, keeps: string): Promise<void> {
  const { unpackedBytes } = await inspectZip(bytes);
  expect(unpackedBytes).toBeGreaterThan(2_000_000);
  const target = join(folder, name.replaceAll(/\W+/g, "-"));
  await mkdir(target);
  await writeFile(`${target}.zip`, bytes);
  await unpackZip(`${target}.zip`, target);
  for (const [path, content] of Object.entries(FILES))
    expect((await readFile(join(target, path), "utf8")) === content, path).toBe(true);
  if (keeps.includes("modes")) expect((await lstat(join(target, "bootstrap"))).mode & 0o777).toBe(0o555);
  if (keeps.includes("links")) expect(await readlink(join(target, "lib/start"))).toBe("../bootstrap");
}

test("what yazl writes is unpacked whole", async () => {
  const bootstrap = { content: FILES["bootstrap"] ?? "", mode: 0o755 };
  await expectWhole("yazl", await zipOf({ ...FILES, bootstrap }), "modes");
});

test.each(here)("what $name writes is unpacked whole", async ({ name, command: [program = "", ...args], keeps }) => {
  const { stdout } = await promisify(execFile)(program, args, {
    cwd: join(folder, "source"),
    encoding: "buffer",
    maxBuffer: 64_000_000,
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });
  await expectWhole(name, stdout, keeps);
});
