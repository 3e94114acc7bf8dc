import { expect, test } from "vitest";
import { apiGatewayParts } from "./apiGatewayParts.ts";
import { readConfig } from "./config.ts";

test.each([
  ["hearth.example.org", true],
  ["control.example.internal", true],
  ["host.docker.internal", true],
  ["bucket.host.docker.internal", true],
  ["named.example.org", true],
  ["bucket.s3.example.org", true],
  ["abc.execute-api.us-east-1.example.org", true],
  ["localhost", true],
  ["api.example.org", false],
  ["shop.team.localhost", false],
])("an account cannot have a name that leads clients to Hearth as its custom domain name: %s", (name, isOwn) => {
  const config = readConfig(
    {
      HEARTH_PUBLIC_URL: "https://Hearth.example.org:8443/",
      HEARTH_HOSTS: "named.example.org",
      HEARTH_ROLE: "invoker",
      HEARTH_CONTROL_URL: "http://control.example.internal:4566",
      HEARTH_EVENTS_URL: "http://events.example.internal:4566",
      DATABASE_URL: "postgres://db.example.internal/hearth",
    },
    "/clone",
  );
  expect(apiGatewayParts(config).isOwnHost(name)).toBe(isOwn);
});
