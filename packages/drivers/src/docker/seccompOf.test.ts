import { expect, test } from "vitest";
import { EngineRefused, seccompOf } from "./seccompOf.ts";

const WITH = ["name=apparmor", "name=seccomp,profile=default"];

test("an engine whose seccomp is off is refused unless the setting allows it", () => {
  for (const SecurityOptions of [[], null, ["name=apparmor"]]) {
    expect(() => seccompOf({ Architecture: "x86_64", SecurityOptions }, "required")).toThrow(EngineRefused);
    expect(seccompOf({ Architecture: "x86_64", SecurityOptions }, "if-available")).toBeUndefined();
  }
});

test("Hearth's own profile is used whatever the engine's is", () => {
  const unconfined = seccompOf(
    { Architecture: "x86_64", SecurityOptions: ["name=seccomp,profile=unconfined"] },
    "required",
  );
  expect(unconfined).toBe(seccompOf({ Architecture: "x86_64", SecurityOptions: WITH }, "if-available"));
  expect(JSON.parse(unconfined ?? "")).toMatchObject({
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86_64"],
  });
});

test("the profile names no system call twice without conditions, and only one processor's calls", () => {
  const profile = JSON.parse(seccompOf({ Architecture: "aarch64", SecurityOptions: WITH }, "required") ?? "") as {
    architectures: string[];
    syscalls: { names: string[]; args?: unknown }[];
  };
  expect(profile.architectures).toEqual(["SCMP_ARCH_AARCH64"]);
  const free = profile.syscalls.filter(({ args }) => !args).flatMap(({ names }) => names);
  expect(new Set(free).size).toBe(free.length);
  const conditional = profile.syscalls.filter(({ args }) => args).flatMap(({ names }) => names);
  expect(conditional.filter((name) => free.includes(name))).toEqual([]);
});
