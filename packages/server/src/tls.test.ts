import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { connect as connectHttp2 } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { selfSignedCertificate, silentLogger, SystemClock } from "@hearth/kit";
import { type RequestHandler, WholeRequest } from "@hearth/wire";
import { expect, test, vi } from "vitest";
import { Certificates } from "./certificates.ts";
import { FrontDoor } from "./frontDoor.ts";
import { testDoor } from "./testing/testDoor.ts";

const echo: RequestHandler = (request, response) => {
  response.writeHead(200).end(`${request.httpVersion} ${request.url} ${String("encrypted" in request.socket)}`);
};

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = privateKey.export({ type: "pkcs8", format: "pem" });
const now = Date.now();
const certificate = (commonName: string, ...dnsNames: string[]): string =>
  selfSignedCertificate({ privateKey, commonName, dnsNames, notBeforeMs: now - 60_000, notAfterMs: now + 3_600_000 });

test("TLS: HTTP/1.1 and HTTP/2, a certificate by the name that is asked for, and new files without a restart", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hearth-tls-"));
  const file = (name: string): string => join(folder, name);
  await writeFile(file("key"), key);
  await writeFile(file("one"), certificate("one", "one.example"));
  await writeFile(file("two"), certificate("two", "two.example", "*.two.example"));
  await writeFile(file("three"), certificate("three", "own.two.example"));
  const certificates = new Certificates({
    files: [
      { certificate: file("one"), key: file("key") },
      { certificate: file("two"), key: file("key") },
      { certificate: file("three"), key: file("key") },
    ],
    clock: new SystemClock(),
    logger: silentLogger,
  });
  const door = new FrontDoor({
    aws: echo,
    awsWhole: (request, response) => {
      const isEncrypted = "encrypted" in request.socket;
      const answer = request instanceof WholeRequest ? `whole ${request.body.toString()} ${isEncrypted}` : "not whole";
      response.writeHead(200, { "Content-Length": answer.length });
      response.end(answer);
    },
    hosts: [],
    notReady: () => undefined,
    problems: () => [],
    certificates,
    ...testDoor(),
  });
  try {
    const { port = 0 } = (await door.listenTls({ host: "127.0.0.1", port: 0 })) ?? {};
    const shown = async (servername: string): Promise<string> => {
      const socket: TLSSocket = connect({ host: "127.0.0.1", port, servername, rejectUnauthorized: false });
      await once(socket, "secureConnect");
      const { subject }: PeerCertificate = socket.getPeerCertificate();
      socket.destroy();
      return String(subject.CN);
    };
    const asked = ["one.example", "two.example", "a.two.example", "OWN.two.example", "other.example", ""];
    expect(await Promise.all(asked.map(shown))).toEqual(["one", "two", "two", "three", "one", "one"]);

    const plain = httpsRequest({ host: "127.0.0.1", port, path: "/a", rejectUnauthorized: false, agent: false }).end();
    const [answer] = (await once(plain, "response")) as [AsyncIterable<Buffer>];
    expect((await buffer(answer)).toString()).toBe("1.1 /a true");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const body of ["one", "two"]) {
      const sent = httpsRequest({ host: "127.0.0.1", port, method: "POST", rejectUnauthorized: false, agent });
      sent.end(body);
      const [whole] = (await once(sent, "response")) as [AsyncIterable<Buffer>];
      expect((await buffer(whole)).toString()).toBe(`whole ${body} true`);
    }
    agent.destroy();
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
    expect((await buffer(session.request({ ":path": "/b" }))).toString()).toBe("2.0 /b true");
    session.destroy();

    await writeFile(file("broken"), "no certificate");
    await rename(file("broken"), file("two"));
    await writeFile(file("renewed"), certificate("renewed", "one.example"));
    await rename(file("renewed"), file("one"));
    expect(await shown("two.example")).toBe("two");
    await writeFile(file("mended"), certificate("mended", "two.example"));
    await rename(file("mended"), file("two"));
    await vi.waitFor(async () => expect(await shown("two.example")).toBe("mended"), { timeout: 10_000 });
    expect(await Promise.all(["one.example", "", "other.example"].map(shown))).toEqual([
      "renewed",
      "renewed",
      "renewed",
    ]);
  } finally {
    await door[Symbol.asyncDispose]();
    certificates[Symbol.dispose]();
    await rm(folder, { recursive: true });
  }
});

test("files that are no certificate and key are refused at once", () => {
  const files = [{ certificate: import.meta.filename, key: import.meta.filename }] as const;
  expect(() => new Certificates({ files, clock: new SystemClock(), logger: silentLogger })).toThrow(/PEM/);
});
