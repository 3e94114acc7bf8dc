import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { configCheck, type ConfigCheckOptions } from "./configCheck.ts";

function check(env: Readonly<Record<string, string>>, options: ConfigCheckOptions = {}) {
  const said = { out: "", complaint: "" };
  const code = configCheck(options, {
    env,
    root: "/",
    out: (text) => void (said.out += text),
    complain: (text) => void (said.complaint += text),
  });
  return { code, ...said };
}

test("settings that differ from their defaults are printed, secrets hidden", () => {
  const { code, out } = check({
    PATH: "/bin",
    HEARTH_LISTEN: "127.0.0.1:5000",
    HEARTH_CONCURRENCY: "1000",
    HEARTH_ACCESS_KEY_ID: "OWNER",
    HEARTH_SECRET_ACCESS_KEY: "a-very-secret-key",
    HEARTH_MASTER_KEY: "0123456789abcdef0123456789abcdef",
    DATABASE_URL: "postgres://hearth:pa55word@db:5432/hearth",
    REDIS_URL: "redis://redis:6379",
    HEARTH_SOURCE_CONNECTIONS: "cache=redis://u:pa55word@10.0.0.5,broker@*=mqtt://u:pa55word@10.0.0.6",
    HEARTH_REGION: "",
  });
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([
    "HEARTH_LISTEN=127.0.0.1:5000",
    "DATABASE_URL=postgres://hearth:…@db:5432/hearth",
    "REDIS_URL=redis://redis:6379",
    "HEARTH_ACCESS_KEY_ID=OWNER",
    "HEARTH_SECRET_ACCESS_KEY=…",
    "HEARTH_MASTER_KEY=…",
    "HEARTH_SOURCE_CONNECTIONS=cache=…,broker@*=…",
    "All other settings have their defaults.",
    "A start would accept these settings.",
  ]);
});

test("--all also prints the defaults", () => {
  const { out } = check({}, { all: true });
  expect(out).toContain("HEARTH_LISTEN=127.0.0.1:4566  # default");
  expect(out).toContain("# DATABASE_URL is not set");
  expect(check({}).out).toBe("All settings have their defaults.\nA start would accept these settings.");
});

test("every problem is named, unknown names with the nearest setting; secrets stay hidden", () => {
  const { code, out, complaint } = check({
    HEARTH_LISTN: "x",
    HEARTH_CONCURRENCY: "none",
    DATABASE_URL: "mysql://u:secret@h/d",
  });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(complaint).toContain("HEARTH_LISTN is not a setting of Hearth. Did you mean HEARTH_LISTEN?");
  expect(complaint).toContain("HEARTH_CONCURRENCY");
  expect(complaint).toContain("DATABASE_URL");
  expect(complaint).not.toContain("secret");
});

test("connections of event sources are checked, and their passwords are not repeated", () => {
  const complaintAbout = (HEARTH_SOURCE_CONNECTIONS: string) => check({ HEARTH_SOURCE_CONNECTIONS }).complaint;
  expect(complaintAbout("cache=redis://:pa55word@h,x=http://h")).toMatch(
    /HEARTH_SOURCE_CONNECTIONS="…" must be a list such as/,
  );
  expect(complaintAbout("cache=redis://h,cache=redis://i")).toContain("must not name a connection twice");
  expect(complaintAbout("cache=redis://:pa55word@h,x=http://h")).not.toContain("pa55word");
  expect(complaintAbout("cache=redis://h,cache@*=redis://i,pg@123456789012=postgres://u:p@h/db")).toBe("");
});

test("settings that contradict each other are refused", () => {
  const { code, out } = check({ HEARTH_ROLE: "invoker" }, { json: true });
  expect(code).toBe(2);
  expect((JSON.parse(out) as { problems: string[] }).problems).toContain(
    "DATABASE_URL must be set with HEARTH_ROLE=invoker.",
  );
});

test("settings are taken from a file when one is named, and not from the environment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-env-"));
  onTestFinished(async () => await rm(folder, { recursive: true }));
  const envFile = join(folder, ".env");
  writeFileSync(envFile, '# comment\nHEARTH_REGION="eu-west-1"\nPOSTGRES_PASSWORD=x\n');
  const { code, out } = check({ HEARTH_LISTEN: "wrong" }, { envFile });
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^HEARTH_REGION=eu-west-1\n/) });
  expect(check({}, { envFile: join(folder, "none") })).toMatchObject({
    code: 1,
    complaint: expect.stringContaining("none cannot be read"),
  });
});
