// Hearth's Node.js runtime: runs inside a sandbox on Node 18 and later, imports nothing but Node. HEARTH_API_SOCKET names the
// Runtime API's socket (or HEARTH_RUN_DIR its folder). First it waits to be told whose function it is (GET /hearth/specialise), then it runs invocations one after the other.
import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { constants } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { openApiDoor } from "./apiDoor.mjs";
import { header, openChannel } from "./channel.mjs";
import { callbackHandler, errorDocument, unhandledRejection } from "./errors.mjs";
import { isModern } from "./generation.mjs";
import { Invocation } from "./invocation.mjs";
import { loadHandler } from "./loadHandler.mjs";
import { resolveLocalNames } from "./localNames.mjs";
import { logError, patchConsole, setRequestId, writeAtOnce } from "./logging.mjs";
import { ModernInvocation } from "./modernInvocation.mjs";
import { offerStreaming, streams } from "./streaming.mjs";
import { StreamingInvocation } from "./streamingInvocation.mjs";
import { extensionsIn, supervise } from "./supervisor.mjs";

const API = "/2018-06-01/runtime";
const hasOwnLoopback = !process.env.HEARTH_RUN_DIR;
// As on AWS in a sandbox of its own; outside of one, any port that is free.
const RUNTIME_API_PORT = hasOwnLoopback ? 9001 : 0;
const PARENT_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"];

const socketPath = process.env.HEARTH_API_SOCKET ?? `${process.env.HEARTH_RUN_DIR ?? "/run/hearth"}/api.sock`;
const channel = await openChannel(socketPath);
const told = new Promise((resolve, reject) => {
  channel.send("GET /hearth/specialise HTTP/1.1\r\nHost: h\r\n\r\n", (status, _head, body) => {
    if (status === 200) resolve(JSON.parse(body.toString()));
    else reject(new Error(`specialise answered ${status}`));
  });
});
// Whoever started this program again may hold the door open, and has put the environment in place.
const parentsDoor = process.env.HEARTH_API_DOOR;
const door = parentsDoor ?? openApiDoor(socketPath, RUNTIME_API_PORT);
settleHeap();
writeAtOnce();

let handler;
let isStreaming = false;
let Buffered = Invocation;
/** The invocation that runs, if any. */
let current;

const assignment = await told;
const extensions = parentsDoor ? [] : extensionsIn(`${assignment.optRoot}/extensions`);
if (extensions.length > 0) await superviseExtensions(assignment);
else if (assignment.freshProcess || needsLibraries(assignment)) await executeAgain(assignment);
else await start(assignment);

async function start({ environment, taskRoot, ...doors }) {
  for (const name of Object.keys(process.env)) if (name.startsWith("HEARTH_")) delete process.env[name];
  // What a wrapper has made of the environment stands, the handler's name included.
  if (!parentsDoor) Object.assign(process.env, environment, await doorVariables(doors));
  resolveLocalNames();
  limitHeap(Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE));
  // CommonJS reads NODE_PATH at start only; this is how it is read again.
  const { Module } = await import("node:module");
  Module._initPaths();
  process.chdir(taskRoot);
  patchConsole();
  const modern = isModern();
  if (modern) {
    Buffered = ModernInvocation;
    setRequestId("-");
  } else {
    process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));
    process.on("unhandledRejection", (...about) =>
      die("Unhandled Promise Rejection", unhandledRejection(...about), 128),
    );
  }
  process.on("beforeExit", () => current?.emptyLoop());
  try {
    offerStreaming();
    const loaded = await loadHandler(taskRoot, process.env._HANDLER ?? "");
    isStreaming = streams(loaded);
    if (modern && !isStreaming && loaded.length >= 3) throw callbackHandler();
    handler = loaded;
  } catch (error) {
    die(modern ? "Init Error" : "Uncaught Exception", error, 1);
    return;
  }
  askNext(`Hearth-Max-Rss: ${process.resourceUsage().maxRSS * 1024}\r\n`);
}

function askNext(headers) {
  channel.send(`GET ${API}/invocation/next HTTP/1.1\r\nHost: h\r\n${headers}\r\n`, onNext);
}

function onNext(status, head, body) {
  if (status !== 200) {
    process.stdout.write(`the Runtime API answered ${status} to next\n`);
    process.exit(1);
  }
  const requestId = header(head, "Lambda-Runtime-Aws-Request-Id");
  setRequestId(requestId);
  const traceId = header(head, "Lambda-Runtime-Trace-Id");
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  if (isStreaming)
    current = new StreamingInvocation(requestId, head, channel, { done: finished, failed: failedUnsent });
  else {
    channel.keepAlive(false);
    current = new Buffered(requestId, head, finish);
  }
  current.run(handler, body);
}

/** Sends what became of `invocation`; the answer is the next event. What is too large is Hearth's to report: the loop goes on. */
function finish(invocation, failed, body, errorType) {
  if (current !== invocation) return;
  current = undefined;
  channel.keepAlive(true);
  const kind = failed ? "error" : "response";
  const type = failed ? `Lambda-Runtime-Function-Error-Type: ${headerValue(errorType)}\r\n` : "";
  const head = `POST /hearth/invocation/${invocation.requestId}/${kind} HTTP/1.1\r\nHost: h\r\n${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  channel.send(head + body, onNext);
}

/** Everything of a streamed answer has been sent and taken. */
function finished(invocation) {
  if (current !== invocation) return;
  current = undefined;
  askNext("");
}

/** A streaming handler failed before it wrote anything: an error like any other's. */
function failedUnsent(invocation, error) {
  logError("Invoke Error", error);
  const document = errorDocument(error);
  finish(invocation, true, JSON.stringify(document), document.errorType);
}

/** Reports an error that nobody caught, then ends the process: what it left behind cannot be trusted. */
function die(what, error, exitCode) {
  logError(what, error);
  // In the middle of an answer nothing else can be sent: that it breaks off says it.
  if (current?.isSending) process.exit(exitCode);
  const body = JSON.stringify(errorDocument(error));
  const path = current ? `invocation/${current.requestId}/error` : handler ? undefined : "init/error";
  if (!path) process.exit(exitCode);
  current = undefined;
  handler ??= () => {};
  const type = headerValue(errorDocument(error).errorType);
  channel.sendLast(
    `POST ${API}/${path} HTTP/1.1\r\nHost: h\r\nLambda-Runtime-Function-Error-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => process.exit(exitCode),
  );
}

function headerValue(text) {
  return String(text)
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 256);
}

/**
 * One full collection while nobody waits: until its first one V8 lets the heap grow as the whole host's memory allows, and limits set
 * after the start are ignored. Afterwards it grows with what is alive.
 */
function settleHeap() {
  v8.setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  v8.setFlagsFromString("--no-expose-gc");
}

/** Below one vCPU's worth of memory V8 is told to keep the heap close to what is alive. */
function limitHeap(memoryMb) {
  if (!(memoryMb < 1769)) return;
  v8.setFlagsFromString(
    Number(process.versions.node.split(".")[0]) >= 24 ? "--memory-saver-mode" : "--optimize-for-size",
  );
}

/** Whether code or layers bring shared libraries: the linker reads LD_LIBRARY_PATH when a process starts. */
function needsLibraries({ taskRoot, optRoot }) {
  if (process.env.LD_LIBRARY_PATH !== undefined) return false;
  return [taskRoot, optRoot].some((root) => {
    const folder = `${root}/lib`;
    const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder && readdirSync(folder).some((name) => name.includes(".so"));
  });
}

/** The variables that say where the Runtime API is, and Hearth's own AWS API. */
async function doorVariables({ endpointVariables = [], linkPort, localPort }) {
  const address = await door;
  if (!address) return {};
  const links =
    hasOwnLoopback && linkPort && endpointVariables.length > 0 ? await openApiDoor(socketPath, linkPort) : undefined;
  const local = localPort ? await openApiDoor(socketPath, localPort) : undefined;
  const endpoints = endpointVariables.map((name) => [name, `http://${links ?? address}`]);
  // Where all functions share the loopback of the machine, the port may be taken.
  const port = local && !hasOwnLoopback && { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: local.split(":")[1] };
  return { AWS_LAMBDA_RUNTIME_API: address, ...Object.fromEntries(endpoints), ...port };
}

/** Stays as the parent of the extensions and of the runtime, which is this program started again. */
async function superviseExtensions({ environment, optRoot, ...doors }) {
  const { env, command } = commandAgain(environment);
  const variables = await doorVariables(doors);
  Object.assign(env, variables, { HEARTH_API_DOOR: (await door) ?? "none" });
  supervise({ socketPath, folder: `${optRoot}/extensions`, names: extensions, command, env });
}

/** How to start this program again with the environment there from the first instruction on, by the function's wrapper if it has one. */
function commandAgain(environment) {
  const env = { ...process.env, ...environment, HEARTH_API_SOCKET: socketPath };
  const memoryMb = Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE);
  const heap =
    memoryMb > 0 && !/space-size/.test(env.NODE_OPTIONS ?? "")
      ? [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`]
      : [];
  const command = [process.execPath, ...heap, fileURLToPath(import.meta.url)];
  const wrapper = env.AWS_LAMBDA_EXEC_WRAPPER;
  if (wrapper) command.unshift(wrapper);
  return { env, command, wrapper };
}

/** Starts this program again with the environment in place (NODE_OPTIONS, LD_LIBRARY_PATH, a wrapper …). */
async function executeAgain({ environment, ...doors }) {
  const { env, command, wrapper } = commandAgain(environment);
  if (process.execve && !wrapper) {
    try {
      process.execve(command[0], command, env);
    } catch (error) {
      die("Uncaught Exception", error, 1);
      return;
    }
  }
  // A wrapper may start what is a runtime of its own: the door stays here, and open.
  const address = await door;
  Object.assign(env, await doorVariables(doors), address && { HEARTH_API_DOOR: address });
  const child = spawn(command[0], command.slice(1), { env, stdio: "inherit" });
  for (const signal of PARENT_SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    if (wrapper) cannotExecute(wrapper, error);
    die("Uncaught Exception", error, 1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Ends the process as the shell does that starts a wrapper on AWS: 127 when there is no such file, 126 when it cannot be executed. */
function cannotExecute(wrapper, error) {
  const isMissing = error.code === "ENOENT";
  const reason = isMissing
    ? "No such file or directory"
    : error.code === "EACCES"
      ? "Permission denied"
      : error.message;
  process.stderr.write(`/var/runtime/bootstrap: ${wrapper}: ${reason}\n`);
  process.exit(isMissing ? 127 : 126);
}
