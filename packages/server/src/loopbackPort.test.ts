import { expect, test } from "vitest";
import { loopbackPort } from "./loopbackPort.ts";

test.each([
  ["http://127.0.0.1:4566", 4566],
  ["http://0.0.0.0:4566", 4566],
  ["http://localhost", 80],
  ["http://[::1]:9", 9],
  ["https://127.0.0.1:4566", undefined],
  ["http://hearth.example.org:4566", undefined],
])("%s", (url, port) => {
  expect(loopbackPort(url)).toBe(port);
});
