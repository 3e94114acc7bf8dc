// A web server as it would run anywhere. In place of node:http, any framework: `express().listen(process.env.PORT)`, `fastify().listen({ port })`, `serve({ fetch: app.fetch, port })` of Hono.
import { createServer } from "node:http";

async function answer(request, response) {
  let text = "";
  for await (const chunk of request) text += chunk;
  response.setHeader("Set-Cookie", ["seen=1; Path=/", "last=now; Path=/"]);
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.write(`<h1>${request.method} ${new URL(request.url, "http://host").pathname}</h1>`);
  response.end(`<pre>${text.replaceAll("<", "&lt;")}</pre>`);
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT), "127.0.0.1");
