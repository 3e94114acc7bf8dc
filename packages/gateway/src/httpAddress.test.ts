import { expect, test } from "vitest";
import { addressOf } from "./httpAddress.ts";

const ID = "a1".repeat(16);
const of = (host: string, path = "/p") => addressOf(host, path, (name) => name === "api.example.org");

test("an endpoint is named by its host, whatever the domain and port", () => {
  for (const host of [
    `${ID}.lambda-url.us-east-1.localhost:4566`,
    `${ID.toUpperCase()}.Lambda-URL.us-east-1.on.example.org.`,
  ]) {
    expect(of(host)).toMatchObject({ form: "url", id: ID, region: "us-east-1", path: "/p", isPathForm: false });
  }
  expect(of("abcdefghij.execute-api.eu-west-1.localhost")).toMatchObject({
    form: "api",
    id: "abcdefghij",
    region: "eu-west-1",
  });
  expect(of("API.example.org:443")).toMatchObject({ form: "domain", id: "api.example.org" });
});

test("an endpoint is named by a path, and what follows is its path as it was sent", () => {
  for (const [path, rest] of [
    [`/_hearth/url/${ID}`, "/"],
    [`/_hearth/url/${ID}/`, "/"],
    [`/_hearth/url/${ID}/../x//%2e%2e/`, "/../x//%2e%2e/"],
    [`/_hearth/url/${ID}/_hearth/url/other/`, "/_hearth/url/other/"],
  ] as const) {
    expect(of("localhost:4566", path)).toMatchObject({ form: "url", id: ID, path: rest, isPathForm: true });
  }
  expect(of("127.0.0.1", "/_hearth/api/abcdefghij/prod/x")).toMatchObject({
    form: "api",
    id: "abcdefghij",
    path: "/prod/x",
  });
});

test("the host comes first, and nothing else is for the gateway", () => {
  expect(of(`${ID}.lambda-url.us-east-1.localhost`, "/_hearth/url/other/x")).toMatchObject({
    id: ID,
    path: "/_hearth/url/other/x",
  });
  for (const host of [
    "localhost",
    "",
    ".lambda-url.us-east-1.localhost",
    `x.${ID}.lambda-url.us-east-1.localhost`,
    "lambda-url.us-east-1.localhost",
    `${ID}.lambda-url`,
  ]) {
    expect(of(host), host).toBeUndefined();
  }
  for (const path of [
    "/_hearth/url/",
    "/_hearth/url/A/x",
    "/_hearth/other/a",
    "/x/_hearth/url/a",
    "//_hearth/url/a",
    "/_hearth/url/a?x",
    "/%5fhearth/url/a",
  ]) {
    expect(of("localhost", path), path).toBeUndefined();
  }
});
