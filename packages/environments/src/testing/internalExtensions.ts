/**
 * Functions with an internal extension that subscribes to what their environment logs: the handler answers with what has been received, once the start of
 * its own invocation has been. TELEMETRY names the API, PROTOCOL how batches come.
 */
const NODE = `
import { createServer } from "node:http";
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API;
const received = [];
const listener = createServer((request, response) => {
  let text = "";
  request.on("data", (piece) => (text += piece)).on("end", () => {
    for (const event of JSON.parse(text)) received.push([request.method, event]);
    response.end();
  });
}).listen(0, "127.0.0.1");
await new Promise((resolve) => listener.on("listening", resolve));
const registered = await fetch(api + "/2020-01-01/extension/register", {
  method: "POST", headers: { "Lambda-Extension-Name": "inner" }, body: JSON.stringify({ events: ["INVOKE"] }),
});
const headers = { "Lambda-Extension-Identifier": registered.headers.get("lambda-extension-identifier") };
const destination = { protocol: "HTTP", URI: "http://sandbox.localdomain:" + listener.address().port + "/x" };
const wanted = { schemaVersion: "2025-01-29", types: ["platform", "function"], buffering: { timeoutMs: 25 }, destination };
const subscribed = await fetch(api + "/2022-07-01/telemetry", { method: "PUT", headers, body: JSON.stringify(wanted) });
console.log("has subscribed");
(async () => { for (;;) await (await fetch(api + "/2020-01-01/extension/event/next", { headers })).text(); })();
export const handler = async (_event, { awsRequestId }) => {
  while (!received.some(([, event]) => event.type === "platform.start" && event.record.requestId === awsRequestId)) await new Promise((resolve) => setTimeout(resolve, 10));
  return { subscribed: subscribed.status, received };
};
`;

const PYTHON = `
import http.client, json, os, socket, threading, time
api = os.environ["AWS_LAMBDA_RUNTIME_API"]
received = []
listener = socket.create_server(("127.0.0.1", 0))
def lines():
    connection, _ = listener.accept()
    for line in connection.makefile(): received.append(["TCP", json.loads(line)])
threading.Thread(target=lines, daemon=True).start()
connection = http.client.HTTPConnection(api)
def call(method, path, body=None, **headers):
    connection.request(method, path, body, {"Lambda-Extension-" + name: value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer
id = call("POST", "/2020-01-01/extension/register", '{"events":["INVOKE"]}', Name="inner").headers["Lambda-Extension-Identifier"]
wanted = {"schemaVersion": "2021-03-18", "types": ["platform", "function"], "buffering": {"timeoutMs": 25}, "destination": {"protocol": "TCP", "port": listener.getsockname()[1]}}
subscribed = call("PUT", "/2020-08-15/logs", json.dumps(wanted), Identifier=id).status
print("has subscribed", flush=True)
def events():
    while True: call("GET", "/2020-01-01/extension/event/next", Identifier=id)
threading.Thread(target=events, daemon=True).start()
def answer(request_id):
    while not any(event["type"] == "platform.start" and event["record"]["requestId"] == request_id for _, event in received): time.sleep(0.01)
    return {"subscribed": subscribed, "received": received}
def handler(event, context): return answer(context.aws_request_id)
`;

const RUBY = `
require "json"
require "net/http"
require "socket"
API = Net::HTTP.new(*ENV["AWS_LAMBDA_RUNTIME_API"].split(":"))
RECEIVED = Queue.new
LISTENER = TCPServer.new("127.0.0.1", 0)
Thread.new do
  connection = LISTENER.accept
  loop do
    method = connection.gets.split.first
    length = 0
    while (line = connection.gets.strip) != ""
      length = line.split(":").last.to_i if line.downcase.start_with?("content-length")
    end
    JSON.parse(connection.read(length)).each { |event| RECEIVED << [method, event] }
    connection.write("HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
  end
end
REGISTERED = API.post("/2020-01-01/extension/register", '{"events":["INVOKE"]}', "Lambda-Extension-Name" => "inner")
HEADERS = { "Lambda-Extension-Identifier" => REGISTERED["Lambda-Extension-Identifier"] }
WANTED = { types: %w[platform function], buffering: { timeoutMs: 25 }, destination: { protocol: "HTTP", method: "PUT", URI: "http://sandbox:#{LISTENER.addr[1]}" } }
SUBSCRIBED = API.send_request("PUT", "/2020-08-15/logs", WANTED.to_json, HEADERS).code.to_i
puts "has subscribed"
Thread.new { loop { Net::HTTP.new(*ENV["AWS_LAMBDA_RUNTIME_API"].split(":")).get("/2020-01-01/extension/event/next", HEADERS) } }
def handler(event:, context:)
  received = []
  until received.any? { |_, e| e["type"] == "platform.start" && e["record"]["requestId"] == context.aws_request_id }
    received << RECEIVED.pop
  end
  { subscribed: SUBSCRIBED, received: received }
end
`;

/** A runtime and its extension in one program. */
const BOOTSTRAP = `#!/usr/bin/env python3
${PYTHON}
runtime = http.client.HTTPConnection(api)
while True:
    runtime.request("GET", "/2018-06-01/runtime/invocation/next")
    event = runtime.getresponse()
    event.read()
    id_of_request = event.headers["Lambda-Runtime-Aws-Request-Id"]
    runtime.request("POST", "/2018-06-01/runtime/invocation/" + id_of_request + "/response", json.dumps(answer(id_of_request)))
    runtime.getresponse().read()
`;

export const INTERNAL_EXTENSIONS = {
  "nodejs24.x": { files: { "index.mjs": NODE }, Handler: "index.handler" },
  "python3.13": { files: { "app.py": PYTHON }, Handler: "app.handler" },
  "ruby3.3": { files: { "app.rb": RUBY }, Handler: "app.handler" },
  "provided.al2023": { files: { bootstrap: BOOTSTRAP }, Handler: "own" },
} as const;
