"""Runs a web server of any framework for Python as a function: starts it once, and passes each request of a function URL or HTTP API (payload format
2.0) on to its port. The handler is `adapter.handler`."""
import base64
import http.client
import os
import subprocess
import sys
import time

PORT = int(os.environ.setdefault("PORT", "8080"))
server = subprocess.Popen([sys.executable, "-m", os.environ.get("WEB_SERVER", "server")], cwd=os.environ["LAMBDA_TASK_ROOT"])

# Headers of the connection to the server, and those that the platform sets itself.
NOT_PASSED_ON = {"connection", "content-length", "date", "keep-alive", "set-cookie", "transfer-encoding"}


def ask(event):
    """Sends the event's request to the server. It may take a moment until that listens."""
    path = event["rawPath"] + ("?" + event["rawQueryString"] if event["rawQueryString"] else "")
    body = event.get("body", "").encode()
    if event["isBase64Encoded"]:
        body = base64.b64decode(body)
    headers = {**event["headers"], "content-length": str(len(body)), "connection": "close"}
    if "cookies" in event:
        headers["cookie"] = "; ".join(event["cookies"])
    for attempt in range(500):
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        try:
            connection.connect()
        except ConnectionRefusedError:
            if server.poll() is not None:
                raise RuntimeError(f"the web server ended with {server.returncode}") from None
            time.sleep(0.02)
            continue
        connection.request(event["requestContext"]["http"]["method"], path, body, headers)
        return connection.getresponse()
    raise TimeoutError(f"the web server does not listen on port {PORT}")


def handler(event, context):
    answer = ask(event)
    headers = {}
    for name, value in answer.getheaders():
        if name.lower() not in NOT_PASSED_ON:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
    return {
        "statusCode": answer.status,
        "headers": headers,
        "cookies": answer.headers.get_all("set-cookie") or [],
        "body": base64.b64encode(answer.read()).decode(),
        "isBase64Encoded": True,
    }
