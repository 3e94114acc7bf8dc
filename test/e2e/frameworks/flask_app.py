import os

from flask import Flask, make_response, request

app = Flask(__name__)


@app.get("/hello/<name>")
def hello(name):
    return {"framework": "flask", "name": name, "query": request.args["q"], "cookie": request.headers["cookie"]}


@app.post("/echo")
def echo():
    answer = make_response(request.get_json(), 201)
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer


app.run(port=int(os.environ["PORT"]))
