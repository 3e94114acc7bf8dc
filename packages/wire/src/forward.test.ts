import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
} from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { buffer } from "node:stream/consumers";
import { silentLogger, systemRandom } from "@hearth/kit";
import { afterEach, expect, test } from "vitest";
import { holdContinue } from "./expectContinue.ts";
import { Forwarder } from "./forward.ts";

const open: Server[] = [];
const forwarders: Forwarder[] = [];
afterEach(() => {
  for (const forwarder of forwarders.splice(0)) forwarder[Symbol.dispose]();
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function through(port: number): Promise<string> {
  return `http://127.0.0.1:${await listen(forwarderTo(port).handle)}`;
}

function forwarderTo(port: number): Forwarder {
  const forwarder = new Forwarder({
    host: "127.0.0.1",
    port,
    random: systemRandom,
    logger: silentLogger,
    sayForwardedFrom: () => "said",
  });
  forwarders.push(forwarder);
  return forwarder;
}

test("a request arrives with its raw path, Host, headers and body, and the answer comes back", async () => {
  const seen: unknown[] = [];
  const port = await listen((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const { host, "x-amz-date": date, "x-hearth-forwarded": said } = req.headers;
      seen.push(req.method, req.url, host, date, said, Buffer.concat(chunks).length);
      res.writeHead(202, { "x-amzn-RequestId": "id", "Content-Type": "application/json" }).end("{}");
    });
  });
  const endpoint = await through(port);
  const req = httpRequest(`${endpoint}/2015-03-31/functions/a%3Ab/x?q=%24LATEST`, {
    method: "POST",
    headers: { host: "hearth.example:80", "x-amz-date": "d", "X-Hearth-Forwarded": "forged" },
  });
  req.end(Buffer.alloc(1_000_000));
  const [res] = (await once(req, "response")) as [IncomingMessage];
  expect((await buffer(res)).toString()).toBe("{}");
  expect([res.statusCode, res.headers["x-amzn-requestid"]]).toEqual([202, "id"]);
  expect(seen).toEqual([
    "POST",
    "/2015-03-31/functions/a%3Ab/x?q=%24LATEST",
    "hearth.example:80",
    "d",
    "said",
    1_000_000,
  ]);
});

test("a body that the client announces with Expect is sent when the target asks for it, and else not", async () => {
  const port = await listenExpecting((req, res) => {
    if (req.url === "/refused") res.writeHead(403, { Connection: "close" }).end("no");
    else {
      res.writeContinue();
      void buffer(req).then((body) => res.end(body));
    }
  });
  const forwarder = forwarderTo(port);
  const front = await listenExpecting((req, res) => {
    holdContinue(req);
    forwarder.handle(req, res);
  });
  const send = async (path: string): Promise<unknown[]> => {
    const req = httpRequest({ port: front, path, method: "PUT", headers: { expect: "100-continue" } });
    let continued = false;
    req.on("continue", () => {
      continued = true;
      req.end("body");
    });
    req.flushHeaders();
    const [res] = (await once(req, "response")) as [IncomingMessage];
    const answer = (await buffer(res)).toString();
    req.destroy();
    return [continued, res.statusCode, answer];
  };
  expect(await send("/")).toEqual([true, 200, "body"]);
  expect(await send("/refused")).toEqual([false, 403, "no"]);
});

async function listenExpecting(listener: RequestListener): Promise<number> {
  const server = createServer().on("checkContinue", listener).listen(0, "127.0.0.1");
  open.push(server);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("connections to the target are kept and used again", async () => {
  const sockets = new Set<unknown>();
  const port = await listen((req, res) => {
    sockets.add(req.socket);
    res.end("ok");
  });
  const endpoint = await through(port);
  for (let i = 0; i < 5; i++) expect(await (await fetch(endpoint)).text()).toBe("ok");
  expect(sockets.size).toBe(1);
});

test("a target that cannot be reached is 503, which SDKs retry", async () => {
  const dead = createNetServer().listen(0, "127.0.0.1");
  await once(dead, "listening");
  const { port } = dead.address() as AddressInfo;
  dead.close();
  await once(dead, "close");
  const answer = await fetch(await through(port), { method: "POST", body: "x" });
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { Type: "Service", Message: "The control plane cannot be reached." },
  ]);
});

test("a client that goes away ends the forwarded request too", async () => {
  const gone = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const port = await listen((_, res) => {
    res.on("close", () => gone.resolve());
    arrived.resolve();
  });
  const req = httpRequest(await through(port));
  req.on("error", () => undefined);
  req.end();
  await arrived.promise;
  req.destroy();
  await gone.promise;
});
