import { expect, test } from "vitest";
import { banner } from "./banner.ts";
import { readConfig } from "./config.ts";

const facts = {
  config: readConfig({}, "/clone"),
  address: { host: "127.0.0.1", port: 4566 },
  driver: "docker",
  database: "embedded PostgreSQL",
  runtimes: [
    { runtime: "nodejs22.x", servedBy: "nodejs22.x", state: "ready" },
    { runtime: "python3.13", servedBy: "python3.13", state: "obtainable" },
  ],
  zipper: "python3",
} as const;

test("the banner shows Hearth's address and how to log in", () => {
  expect(banner(facts)).toContain("export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=us-east-1");
  expect(banner(facts)).toContain("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test");
});

test("the commands use an available runtime and an installed program that makes zips", () => {
  const text = banner(facts);
  expect(text).toContain("--runtime nodejs22.x");
  expect(text).toContain("python3 -m zipfile -c function.zip app.mjs");
});

test("a secret key other than the default one is not printed", () => {
  const config = readConfig({ HEARTH_SECRET_ACCESS_KEY: "mine alone" }, "/clone");
  expect(banner({ ...facts, config })).not.toContain("mine alone");
});

test("an address that stands for all interfaces is shown as one to connect to", () => {
  expect(banner({ ...facts, address: { host: "0.0.0.0", port: 80 } })).toContain("http://127.0.0.1:80");
});
