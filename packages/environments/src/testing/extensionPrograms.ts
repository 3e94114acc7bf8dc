/**
 * An extension in Python that says what it hears. What else it does is decided by the function's variable DO, and by TELEMETRY: the protocol by which it
 * subscribes to platform and function events.
 */
export const PYTHON_EXTENSION = `#!/usr/bin/env python3
import http.client, http.server, json, os, socket, sys, threading, time
name = os.path.basename(__file__)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
do = os.environ.get("DO", "")
def call(method, path, body=None, **headers):
    api.request(method, path, body, {"Lambda-Extension-" + k.replace("_", "-"): v for k, v in headers.items()})
    answer = api.getresponse()
    return answer, json.loads(answer.read())
EXTENSION = "/2020-01-01/extension/"
if do == "exitAtStart": sys.exit(3)
answer, registered = call("POST", EXTENSION + "register", json.dumps({"events": ["INVOKE", "SHUTDOWN"]}), Name=name, Accept_Feature="accountId")
id = answer.headers["Lambda-Extension-Identifier"]
print("registered", json.dumps(registered), "_HANDLER" in os.environ, flush=True)
if do == "initError":
    call("POST", EXTENSION + "init/error", "{}", Identifier=id, Function_Error_Type="Own.Problem")
    sys.exit(0)
while do == "neverNext": time.sleep(1)

runtime_done = threading.Event()
def received(events):
    for event in events:
        text = event["record"] if event["type"] == "function" else json.dumps(event["record"].get("requestId"))
        print("got", event["type"], text.rstrip(), flush=True)
        if event["type"] == "platform.runtimeDone": runtime_done.set()
class Listener(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if do == "hangingListener": time.sleep(60)
        received(events)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
def lines(listener):
    connection, _ = listener.accept()
    if do == "neverReads": time.sleep(60)
    for line in connection.makefile(): received([json.loads(line)])
telemetry = os.environ.get("TELEMETRY")
host = os.environ.get("LISTEN_ON", "sandbox.localdomain")
if telemetry == "HTTP":
    listener = http.server.ThreadingHTTPServer((host, 0), Listener)
    destination = {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d/events" % listener.server_address[1]}
    threading.Thread(target=listener.serve_forever, daemon=True).start()
elif telemetry:
    listener = socket.create_server((host, 0))
    destination = {"protocol": "TCP", "port": listener.getsockname()[1]}
    threading.Thread(target=lines, args=(listener,), daemon=True).start()
if telemetry:
    wanted = {"schemaVersion": "2022-12-13", "types": ["platform", "function"], "buffering": {"timeoutMs": 30000 if do == "lateTelemetry" else 25}, "destination": destination}
    answer, body = call("PUT", "/2022-07-01/telemetry", json.dumps(wanted), Identifier=id)
    print("subscribed", answer.status, body, flush=True)

while True:
    _, event = call("GET", EXTENSION + "event/next", Identifier=id)
    print("heard", event["eventType"], event.get("requestId", event.get("shutdownReason")), flush=True)
    if event["eventType"] == "SHUTDOWN":
        if do == "slowEnd": time.sleep(10)
        print("ends with time left:", event["deadlineMs"] > time.time() * 1000, flush=True)
        break
    if do == "crash": sys.exit(5)
    if do == "crashInNext": threading.Timer(0.3, os._exit, [6]).start()
    if do == "flood":
        for n in range(20000): print("y" * 200)
        sys.stdout.flush()
        for n in range(200): call("POST", EXTENSION + "register", json.dumps({"events": []}), Name="more-%d" % n)
    if do == "slow": time.sleep(0.3)
    if do == "hang": time.sleep(60)
    # As real agents do: the event is sent on only when all about it is known.
    if telemetry and do not in ("hangingListener", "neverReads", "lateTelemetry"): runtime_done.wait()
    runtime_done.clear()
`;

export const SHELL_EXTENSION = `#!/bin/bash
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
headers=$(mktemp)
curl -sS -D "$headers" -X POST "$api/register" -H "Lambda-Extension-Name: $(basename "$0")" -d '{"events":["INVOKE","SHUTDOWN"]}' > /dev/null
id=$(grep -i lambda-extension-identifier "$headers" | tr -d '[:space:]' | cut -d: -f2)
while true; do
  event=$(curl -sS "$api/event/next" -H "Lambda-Extension-Identifier: $id")
  echo "shell heard $(echo "$event" | grep -o '"eventType":"[A-Z]*"')"
  case "$event" in *SHUTDOWN*) exit 0;; esac
done
`;

/** \`interpreter\` is how its first line finds Node. */
export function nodeExtension(interpreter: string): string {
  return `#!${interpreter}
const { basename } = require("node:path");
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2020-01-01/extension/";
(async () => {
  const body = JSON.stringify({ events: ["INVOKE", "SHUTDOWN"] });
  const registered = await fetch(api + "register", { method: "POST", headers: { "Lambda-Extension-Name": basename(__filename) }, body });
  const id = registered.headers.get("lambda-extension-identifier");
  for (;;) {
    const event = await (await fetch(api + "event/next", { headers: { "Lambda-Extension-Identifier": id } })).json();
    console.log("node heard", event.eventType);
    if (event.eventType === "SHUTDOWN") process.exit(0);
  }
})();
`;
}

export const RUBY_EXTENSION = `#!/usr/bin/env ruby
require "json"
require "net/http"
$stdout.sync = true
host, port = ENV["AWS_LAMBDA_RUNTIME_API"].split(":")
Net::HTTP.start(host, port.to_i, read_timeout: nil) do |api|
  registered = api.post("/2020-01-01/extension/register", '{"events":["INVOKE","SHUTDOWN"]}', "Lambda-Extension-Name" => File.basename($0))
  loop do
    event = JSON.parse(api.get("/2020-01-01/extension/event/next", "Lambda-Extension-Identifier" => registered["Lambda-Extension-Identifier"]).body)
    puts "ruby heard #{event["eventType"]}"
    break if event["eventType"] == "SHUTDOWN"
  end
end
`;
