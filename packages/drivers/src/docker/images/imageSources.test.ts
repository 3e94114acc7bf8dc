import { expect, test } from "vitest";
import { isDockerHub, isPrivateHost } from "./imageSources.ts";

test.each([
  "localhost",
  "localhost:5000",
  "LOCALHOST:5000",
  "registry.localhost",
  "127.0.0.1:5000",
  "127.1",
  "2130706433:5000",
  "0x7f000001:80",
  "0.0.0.0:1",
  "10.1.2.3",
  "172.31.0.1:443",
  "192.168.1.7:5000",
  "169.254.169.254",
  "100.64.0.1",
  "1.2.3.999",
])("%s is private", (host) => {
  expect(isPrivateHost(host)).toBe(true);
});

test.each(["docker.io", "registry.local:5000", "ghcr.io", "8.8.8.8:5000", "172.32.0.1", "localhost.example.com"])(
  "%s is not private",
  (host) => {
    expect(isPrivateHost(host)).toBe(false);
  },
);

test("Docker Hub has no host, or one of two", () => {
  expect([undefined, "docker.io", "index.docker.io"].every(isDockerHub)).toBe(true);
  expect(["docker.io:443", "ghcr.io", "docker.io.evil.test"].some(isDockerHub)).toBe(false);
});
