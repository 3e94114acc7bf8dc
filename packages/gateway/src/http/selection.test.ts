import { expect, test } from "vitest";
import { changesOf } from "./parameterMapping.ts";
import { textAt } from "./selection.ts";

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test("members of a JSON body are texts", () => {
  const given = body({ user: { id: 7, names: ["a", "b"], none: null }, on: true });
  expect(textAt(given, "user.id")).toBe("7");
  expect(textAt(given, "user")).toBe('{"id":7,"names":["a","b"],"none":null}');
  expect(textAt(given, "user.none")).toBe("null");
  expect(textAt(given, "on")).toBe("true");
  expect(textAt(given, "toString")).toBeUndefined();
  expect(textAt(Buffer.from("no JSON"), undefined)).toBeUndefined();
});

test("what is too long for a header is no value: neither long texts, nor large or deep objects", () => {
  const deep = `{"d":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  expect(textAt(Buffer.from(deep), "d")).toBeUndefined();
  expect(textAt(body({ t: "x".repeat(100_000) }), "t")).toBeUndefined();
  expect(textAt(body({ t: ["x".repeat(100_000)] }), "t")).toBeUndefined();
  expect(textAt(body(Array.from({ length: 100_000 }, () => 1)), undefined)).toBeUndefined();
});

test("a body is parsed once, however many mappings read it", () => {
  // Reading it a thousand times takes a minute.
  const given = body({ big: Array.from({ length: 900_000 }, () => 1), id: "7" });
  const parameters = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, at) => [`append:header.x${at}`, "$request.body.id"]),
  );
  const changes = changesOf(parameters, () => textAt(given, "id"));
  expect(changes).toHaveLength(1_000);
});

test("a mapping whose value would be longer than the headers of a request changes nothing", () => {
  const value = "${request.body.t}".repeat(30);
  expect(changesOf({ "append:header.x": value }, () => "x".repeat(1_000))).toEqual([]);
  expect(changesOf({ "append:header.x": value }, () => "x")).toHaveLength(1);
});
