import { expect, test } from "vitest";
import { MAX_ROWS, readApiKeyFile } from "./apiKeyFile.ts";

test("columns in any order and case, quoted lists of usage plans, and defaults", () => {
  const text = [
    "\uFEFFEnabled,Name,key,UsageplanIds,colour,description",
    'true,First,a-key-of-twenty-chars,"c7y23b, glvrsr",red,"said ""so"", yes"',
    "",
    "FALSE, Second ,another-key-of-twenty,'one',,",
    "x,Third,third-key-of-twenty-c",
  ].join("\r\n");
  expect(readApiKeyFile(text)).toEqual([
    {
      line: 2,
      name: "First",
      key: "a-key-of-twenty-chars",
      description: 'said "so", yes',
      enabled: true,
      usagePlanIds: ["c7y23b", "glvrsr"],
    },
    { line: 4, name: "Second", key: "another-key-of-twenty", description: "", enabled: false, usagePlanIds: ["one"] },
    { line: 5, name: "Third", key: "third-key-of-twenty-c", description: "", enabled: true, usagePlanIds: [] },
  ]);
});

test.each(["", "name", "key,description\nx,y", "\n\n"])("a file without names and keys is refused: %j", (text) => {
  expect(() => readApiKeyFile(text)).toThrow(/no column/);
});

test("quotes that do not end, and files that are too long", () => {
  expect(readApiKeyFile(`name,key\n"open,x\n'`)).toMatchObject([
    { name: "open,x", key: "" },
    { name: "", key: "" },
  ]);
  expect(() => readApiKeyFile(`name,key\n${"a,b\n".repeat(MAX_ROWS + 1)}`)).toThrow(/more than/);
});
