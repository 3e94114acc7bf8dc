import fastify from "fastify";

const app = fastify();
app.get("/hello/:name", ({ params, query, headers }) => ({
  framework: "fastify",
  name: params.name,
  query: query.q,
  cookie: headers.cookie,
}));
app.post("/echo", ({ body }, answer) =>
  answer.code(201).header("set-cookie", ["a=1; Path=/", "b=2; Path=/"]).send(body),
);
await app.listen({ port: Number(process.env.PORT), host: "127.0.0.1" });
