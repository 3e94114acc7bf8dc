// Runs a function that has extensions: starts them before the runtime, tells Hearth how processes end, and connects Hearth to ports inside the sandbox.
// Both sides send lines of JSON; packages/runtime-api/src/extensions/supervisorChannel.ts is the other side.
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname } from "node:path";
import { connectToPort, onOrders, openLine } from "./portConnections.mjs";

// What is about the runtime process alone. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
const ONLY_FOR_RUNTIME =
  /^(AWS_EXECUTION_ENV|AWS_LAMBDA_LOG_(GROUP|STREAM)_NAME|AWS_XRAY_(CONTEXT_MISSING|DAEMON_ADDRESS)|LAMBDA_RUNTIME_DIR|LAMBDA_TASK_ROOT|_AWS_XRAY_DAEMON_(ADDRESS|PORT)|_HANDLER|HEARTH_.*)$/;
const REASONS = { ENOENT: "no such file or directory", EACCES: "permission denied", ENOEXEC: "exec format error" };

/** The names of a function's external extensions. */
export function extensionsIn(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  }
}

/** Starts the extensions `names` of `folder`, then the runtime by `command`, and serves for good. */
export function supervise({ socketPath, folder, names, command, env }) {
  const environment = Object.fromEntries(Object.entries(env).filter(([name]) => !ONLY_FOR_RUNTIME.test(name)));
  const channel = openLine(socketPath, "supervisor.hearth:1");
  let runtime;
  let isEnding = false;

  // Hearth went away.
  channel.on("error", () => process.exit(1));
  channel.on("close", () => process.exit(1));
  onOrders(channel, obey);
  process.on("SIGTERM", () => runtime?.kill("SIGTERM"));
  say({ kind: "found", names });

  function obey(order) {
    if (order.do === "startExtensions") startExtensions();
    else if (order.do === "startRuntime") startRuntime();
    else if (order.do === "connect") connectToPort(socketPath, order);
    else {
      isEnding = true;
      runtime?.kill(order.do === "terminateRuntime" ? "SIGTERM" : "SIGKILL");
    }
  }

  function startExtensions() {
    const output = openSync(`${dirname(socketPath)}/extensions`, "w");
    for (const name of names) {
      const child = spawn(`${folder}/${name}`, [], { cwd: "/", env: environment, stdio: ["ignore", output, output] });
      child.on("error", (error) => {
        if (child.pid === undefined) say({ kind: "launchFailed", name, reason: REASONS[error.code] ?? error.message });
      });
      child.on("exit", (code, signal) => say({ kind: "ended", name, code, signal }));
    }
    closeSync(output);
  }

  function startRuntime() {
    runtime = spawn(command[0], command.slice(1), { env, stdio: "inherit" });
    runtime.on("error", (error) => {
      if (runtime.pid !== undefined) return;
      // As the shell does that starts a wrapper on AWS.
      const [code, reason] =
        error.code === "ENOENT" ? [127, "No such file or directory"] : [126, REASONS[error.code] ?? error.message];
      process.stderr.write(`/var/runtime/bootstrap: ${command[0]}: ${reason}\n`);
      say({ kind: "ended", code, signal: null });
    });
    runtime.on("exit", (code, signal) => {
      // It may have been out of memory: who sees how the whole sandbox ends can tell.
      if (signal === "SIGKILL" && !isEnding) process.exit(128 + constants.signals.SIGKILL);
      say({ kind: "ended", code, signal });
    });
  }

  function say(message) {
    channel.write(`${JSON.stringify(message)}\n`);
  }
}
