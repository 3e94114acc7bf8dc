import { request } from "node:http";
import { Registry } from "@hearth/kit";
import { expect, test } from "vitest";
import { serveMetrics } from "./metricsServer.ts";

test("metrics are served for addresses, names without a domain and known hosts, and not for a web page's name", async () => {
  await using server = await serveMetrics({ host: "127.0.0.1", port: 0 }, new Registry(), ["hearth.example.org"]);
  const statusFor = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const { port } = server.address;
      request({ host: "127.0.0.1", port, path: "/metrics", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  for (const host of ["127.0.0.1:4567", "localhost", "control:4567", "[::1]:4567", "hearth.example.org:80"])
    expect(await statusFor(host), host).toBe(200);
  for (const host of ["evil.example:4567", "127.0.0.1.evil.example", "hearth.example.org.evil.example"])
    expect(await statusFor(host), host).toBe(403);
});
