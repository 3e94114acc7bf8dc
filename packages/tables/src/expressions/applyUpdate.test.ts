import { expect, test } from "vitest";
import type { Item } from "../attributeValue.ts";
import { applyUpdate } from "./applyUpdate.ts";
import { Parser } from "./parser.ts";
import { Placeholders } from "./placeholders.ts";

function updated(before: Item, expression: string, values?: Item): Item {
  return applyUpdate(before, new Parser(expression, "UpdateExpression", new Placeholders(undefined, values)).update());
}

test("nested list_append is refused before it has made a list that no item can hold", () => {
  const a = { L: Array.from({ length: 10_000 }, () => ({ S: "" })) };
  let appended = "a";
  for (let depth = 0; depth < 150; depth++) appended = `list_append(${appended},a)`;
  expect(() => updated({ a }, `SET b = ${appended}`)).toThrow("Item size to update has exceeded");
  expect(updated({ a }, "SET a = list_append(a, a)")["a"]?.L).toHaveLength(20_000);
});

test("members of large sets are deleted in less than a second or two", () => {
  const names = (prefix: string) => Array.from({ length: 50_000 }, (_one, at) => `${prefix}${at}`);
  const begun = process.cpuUsage();
  const after = updated({ a: { SS: ["kept", ...names("a")] } }, "DELETE a :v", {
    ":v": { SS: [...names("b"), ...names("a")] },
  });
  expect(after["a"]).toEqual({ SS: ["kept"] });
  // By comparing all with all it takes minutes.
  expect(process.cpuUsage(begun).user / 1e6).toBeLessThan(2);
});

test("sets of bytes lose and get members by their bytes", () => {
  const [x, y, z] = ["x", "y", "z"].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
  expect(updated({ a: { BS: [x, y] } }, "DELETE a :v", { ":v": { BS: [Buffer.from("y"), z] } })["a"]).toEqual({
    BS: [x],
  });
  expect(updated({ a: { BS: [x, y] } }, "ADD a :v", { ":v": { BS: [Buffer.from("y"), z] } })["a"]).toEqual({
    BS: [x, y, z],
  });
});
