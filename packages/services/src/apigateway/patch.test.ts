import { expect, test } from "vitest";
import { element, elements, entry, onlyElement, patched, removable, scalar } from "./patch.ts";

const table = {
  "/name": scalar("text", { required: true }),
  "/description": scalar(),
  "/size": scalar("integer"),
  "/enabled": scalar("bool"),
  "/parameters/{name}": entry("bool"),
  "/mediaTypes/{type}": element(),
  "/providers": elements(),
  "/endpoint/types/{type}": onlyElement(),
  "/quota/limit": scalar("integer"),
  "/quota": removable(),
};

test("values, entries of maps and elements of lists are added, replaced and removed", () => {
  const before = { name: "a", description: "x", mediaTypes: ["image/png"], parameters: { "a/b": true } };
  const after = patched(
    before,
    [
      { op: "replace", path: "/name", value: "b" },
      { op: "replace", path: "/description", value: "" },
      { op: "add", path: "/size", value: "7" },
      { op: "replace", path: "/enabled", value: "True" },
      { op: "remove", path: "/parameters/a~1b" },
      { op: "add", path: "/parameters/__proto__", value: "false" },
      { op: "add", path: "/mediaTypes/image~1gif" },
      { op: "replace", path: "/mediaTypes/image~1png", value: "image/jpeg" },
      { op: "add", path: "/providers", value: "p1" },
      { op: "replace", path: "/endpoint/types/0", value: "REGIONAL" },
      { op: "replace", path: "/quota/limit", value: "3" },
    ],
    table,
  );
  expect(Object.entries(after.parameters as object)).toEqual([["__proto__", false]]);
  expect({ ...after, parameters: undefined }).toEqual({
    name: "b",
    size: 7,
    enabled: true,
    mediaTypes: ["image/jpeg", "image/gif"],
    providers: ["p1"],
    endpoint: { types: ["REGIONAL"] },
    quota: { limit: 3 },
    parameters: undefined,
  });
  expect(patched(after, [{ op: "remove", path: "/quota" }], table)).not.toHaveProperty("quota");
  expect(before.mediaTypes).toEqual(["image/png"]);
});

test.each([
  { op: "remove", path: "/name" },
  { op: "copy", path: "/description" },
  { op: "replace", path: "/unknown", value: "x" },
  { op: "replace", path: "", value: "x" },
  { op: "replace", path: "/size", value: "7.5" },
  { op: "replace", path: "/enabled", value: "yes" },
])("$op of $path with $value is refused", (operation) => {
  expect(() => patched({}, [operation], table)).toThrow(/^Invalid patch/);
});

test("a path that does not begin with a slash names nothing, so that permissions are asked for by paths as they are written", () => {
  for (const path of ["x/name", "name", " /name"]) {
    expect(() => patched({}, [{ op: "replace", path, value: "b" }], table)).toThrow("Invalid patch path");
  }
});
