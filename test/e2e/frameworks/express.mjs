import express from "express";

const app = express();
app.use(express.json());
app.get("/hello/:name", ({ params, query, headers }, answer) =>
  answer.json({ framework: "express", name: params.name, query: query.q, cookie: headers.cookie }),
);
app.post("/echo", ({ body }, answer) => answer.status(201).cookie("a", "1").cookie("b", "2").json(body));
app.listen(Number(process.env.PORT), "127.0.0.1");
