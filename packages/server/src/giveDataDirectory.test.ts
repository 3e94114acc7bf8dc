import { spawnSync } from "node:child_process";
import { chownSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipReason } from "@hearth/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { giveDataDirectory } from "./giveDataDirectory.ts";
import { lockInstance } from "./instanceLock.ts";
import { knownServiceUser } from "./serviceUser.ts";

const USER = { uid: 10_777, gid: 10_778 };
const notRoot = process.getuid?.() === 0 ? undefined : "only root can give files to another user";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hearth-give-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

const ownerOf = (...path: string[]): number => lstatSync(join(...path)).uid;

describe("a data directory", skipReason(notRoot), () => {
  test("what services write is given away with all that is in it, the launcher's files and everything else stay root's", async () => {
    const [data, outside] = [folder(), folder()];
    for (const name of ["blobs", "unpacked", "unpacked/a", "s", "s/1", "own"]) mkdirSync(join(data, name));
    for (const name of ["blobs/a.zip", "unpacked/a/f", "master-key", "kinds-in-use.json", "own/f"])
      writeFileSync(join(data, name), "");
    writeFileSync(join(outside, "f"), "");
    symlinkSync(outside, join(data, "unpacked", "link"));
    symlinkSync(outside, join(data, "journal"));
    await giveDataDirectory(data, USER);
    const given = [
      "blobs",
      "blobs/a.zip",
      "unpacked/a/f",
      "unpacked/link",
      "master-key",
      "kinds-in-use.json",
      "journal",
    ];
    for (const name of given) {
      expect(ownerOf(data, name), name).toBe(USER.uid);
    }
    for (const name of [
      "s",
      "s/1",
      "cache",
      "images",
      "interpreter",
      "launcher.lock",
      "own",
      "own/f",
      "service-user",
    ]) {
      expect(ownerOf(data, name), name).toBe(0);
    }
    expect([ownerOf(outside), ownerOf(outside, "f")]).toEqual([0, 0]);
    expect(lstatSync(data)).toMatchObject({ uid: 0, gid: USER.gid, mode: 0o041770 });
    expect(knownServiceUser(data)).toEqual(USER);
  });

  test("its user makes files there, and can neither replace nor remove those of root", async () => {
    const data = folder();
    await giveDataDirectory(data, USER);
    const asUser = (script: string): number | null =>
      spawnSync("/bin/sh", ["-c", script], { ...USER, cwd: data, stdio: "ignore" }).status;
    expect(asUser("echo key >master-key")).toBe(0);
    for (const name of ["s", "cache", "images", "interpreter", "launcher.lock", "launcher.lock.pid", "service-user"]) {
      expect(asUser(`mv ${name} gone`), name).not.toBe(0);
      expect(asUser(`rm -rf ${name}`), name).not.toBe(0);
      expect(asUser(`touch ${name}/x || echo x >${name}`), name).not.toBe(0);
    }
  });

  test("a link that another user has put in the place of a launcher's folder is refused", async () => {
    const data = folder();
    symlinkSync("/etc", join(data, "cache"));
    lchownSync(join(data, "cache"), USER.uid, USER.gid);
    await expect(giveDataDirectory(data, USER)).rejects.toThrow("cache is a link that does not belong to root");
    expect(ownerOf("/etc")).toBe(0);
  });

  test("one that belongs to a user stays that user's", async () => {
    const data = folder();
    chownSync(data, USER.uid, USER.gid);
    mkdirSync(join(data, "blobs"));
    expect(knownServiceUser(data)).toEqual(USER);
    await giveDataDirectory(data, USER);
    expect([ownerOf(data), ownerOf(data, "blobs")]).toEqual([USER.uid, USER.uid]);
  });

  test("a user that someone else has written down is not taken", () => {
    const data = folder();
    expect(knownServiceUser(data)).toBeUndefined();
    writeFileSync(join(data, "service-user"), "0:0\n");
    expect(() => knownServiceUser(data)).toThrow("is not as Hearth has written it");
    writeFileSync(join(data, "service-user"), "12:12\n");
    chownSync(join(data, "service-user"), USER.uid, USER.gid);
    expect(() => knownServiceUser(data)).toThrow("is not as Hearth has written it");
  });

  test("this process keeps its lock when the file is given away", async () => {
    const data = folder();
    using _lock = lockInstance(data, "all");
    await giveDataDirectory(data, USER);
    const locking = `import { DatabaseSync } from "node:sqlite";
      new DatabaseSync(process.argv[1], { timeout: 0 }).exec("BEGIN EXCLUSIVE");`;
    const other = spawnSync(process.execPath, ["--input-type=module", "-e", locking, join(data, "all.lock")]);
    expect(other.stderr.toString()).toContain("database is locked");
  });

  test("a lock that is a link of another user is refused, and what it leads to keeps its owner and mode", async () => {
    const [data, outside] = [folder(), folder()];
    writeFileSync(join(outside, "f"), "", { mode: 0o600 });
    symlinkSync(join(outside, "f"), join(data, "all.lock"));
    lchownSync(join(data, "all.lock"), USER.uid, USER.gid);
    await expect(giveDataDirectory(data, USER)).rejects.toThrow("is not a file");
    const { gid, mode } = lstatSync(join(outside, "f"));
    expect([gid, mode & 0o777]).toEqual([0, 0o600]);
  });
});
