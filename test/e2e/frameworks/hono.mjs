import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { setCookie } from "hono/cookie";

const app = new Hono();
app.get("/hello/:name", (it) =>
  it.json({ framework: "hono", name: it.req.param("name"), query: it.req.query("q"), cookie: it.req.header("cookie") }),
);
app.post("/echo", async (it) => {
  setCookie(it, "a", "1");
  setCookie(it, "b", "2");
  return it.json(await it.req.json(), 201);
});
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
