// Runs a web server of any framework as a function: starts it once, and passes each request of a function URL or HTTP API (payload format 2.0) on to its
// port. Handlers: `adapter.handler` for answers as a whole, `adapter.streaming` for a URL with InvokeMode RESPONSE_STREAM.
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

process.env.PORT ??= "8080";
const port = Number(process.env.PORT);
await import(process.env.WEB_SERVER ?? "./server.mjs");

const agent = new http.Agent({ keepAlive: true });

/** Sends the event's request to the server. It may take a moment until that listens. */
async function ask(event, attempt = 0) {
  const { headers, cookies, body, isBase64Encoded, rawPath, rawQueryString, requestContext } = event;
  const path = rawQueryString ? `${rawPath}?${rawQueryString}` : rawPath;
  const payload = body === undefined ? undefined : Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  const all = { ...headers, ...(cookies && { cookie: cookies.join("; ") }), "content-length": payload?.length ?? 0 };
  try {
    return await new Promise((resolve, reject) => {
      const sent = http.request({
        host: "127.0.0.1",
        port,
        agent,
        path,
        method: requestContext.http.method,
        headers: all,
      });
      sent.on("response", resolve).on("error", reject).end(payload);
    });
  } catch (error) {
    if (error.code !== "ECONNREFUSED" || attempt >= 100) throw error;
    await sleep(20);
    return ask(event, attempt + 1);
  }
}

/** Headers of the connection to the server, and those that the platform sets itself. */
const NOT_PASSED_ON = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "set-cookie",
  "transfer-encoding",
]);

function headOf({ statusCode, headers }) {
  const passedOn = Object.entries(headers).filter(([name]) => !NOT_PASSED_ON.has(name));
  const cookies = headers["set-cookie"];
  return { statusCode, headers: Object.fromEntries(passedOn), ...(cookies && { cookies }) };
}

export async function handler(event) {
  const answer = await ask(event);
  const pieces = [];
  for await (const piece of answer) pieces.push(piece);
  return { ...headOf(answer), body: Buffer.concat(pieces).toString("base64"), isBase64Encoded: true };
}

export const streaming = globalThis.awslambda?.streamifyResponse(async (event, out) => {
  const answer = await ask(event);
  const body = awslambda.HttpResponseStream.from(out, headOf(answer));
  for await (const piece of answer) if (!body.write(piece)) await new Promise((ready) => body.once("drain", ready));
  body.end();
});
