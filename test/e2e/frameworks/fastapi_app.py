import os

import uvicorn
from fastapi import FastAPI, Request, Response

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str, q: str, request: Request):
    return {"framework": "fastapi", "name": name, "query": q, "cookie": request.headers["cookie"]}


@app.post("/echo", status_code=201)
def echo(body: dict, response: Response):
    response.set_cookie("a", "1")
    response.set_cookie("b", "2")
    return body


uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
