// console as on AWS: `time\trequestId\tLEVEL\tmessage`, or one JSON object a line when AWS_LAMBDA_LOG_FORMAT is JSON.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
import { writeSync } from "node:fs";
import { format } from "node:util";

// One console call is one log event: a newline inside it travels as NUL, which Hearth's reader turns back.
const INNER_NEWLINE = "\0";
const LEVELS = { TRACE: 1, DEBUG: 2, INFO: 3, WARN: 4, ERROR: 5, FATAL: 6 };
const METHODS = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
};

let requestId;

/** What the lines from now on belong to. */
export function setRequestId(id) {
  requestId = id;
}

/** Writes to standard output before it returns, also when the pipe is full, so that nothing is lost when the process dies. */
export function writeOut(text) {
  let bytes = Buffer.from(text);
  while (bytes.length > 0) {
    try {
      bytes = bytes.subarray(writeSync(1, bytes));
    } catch (error) {
      if (error.code !== "EAGAIN") return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Has process.stdout and process.stderr write before they return as well, although they are pipes. */
export function writeAtOnce() {
  for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);
}

function writeEvent(text) {
  writeOut(`${text.includes("\n") ? text.replaceAll("\n", INNER_NEWLINE) : text}\n`);
}

/** A line of the runtime itself about `error`, as AWS logs it. `what` is "Invoke Error", "Uncaught Exception" … */
export function logError(what, error) {
  if (jsonFormat()) {
    writeEvent(
      JSON.stringify({ timestamp: new Date().toISOString(), level: "ERROR", requestId, message: describeError(error) }),
    );
  } else {
    writeEvent(`${new Date().toISOString()}\t${requestId}\tERROR\t${what} \t${JSON.stringify(describeError(error))}`);
  }
}

/** An error with everything it carries, as the log shows it. */
export function describeError(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), stack: [] };
  const own = {};
  for (const [key, value] of Object.entries(error)) {
    if (key !== "stack" && key !== "message" && key !== "name")
      own[key] = value instanceof Error ? describeError(value) : value;
  }
  const described = {
    errorType: error.name,
    errorMessage: error.message,
    ...own,
    stack: String(error.stack).split("\n"),
  };
  try {
    JSON.stringify(described);
    return described;
  } catch {
    // A cycle or a BigInt among the error's own members: they cannot be shown.
    return { errorType: error.name, errorMessage: error.message, stack: described.stack };
  }
}

function jsonFormat() {
  return process.env.AWS_LAMBDA_LOG_FORMAT === "JSON";
}

/** Replaces console's methods. Called once the environment is in place. */
export function patchConsole() {
  const json = jsonFormat();
  const least = json ? (LEVELS[String(process.env.AWS_LAMBDA_LOG_LEVEL ?? "TRACE").toUpperCase()] ?? 1) : 0;
  for (const [method, level] of Object.entries(METHODS)) {
    if (LEVELS[level] < least) console[method] = () => {};
    else if (json) console[method] = (...args) => writeEvent(jsonLine(level, args));
    else if (method === "trace")
      console.trace = (...args) => writeText(level, new Error(format(...args)).stack.replace(/^Error/, "Trace"));
    else console[method] = (...args) => writeText(level, format(...args));
  }
}

function writeText(level, message) {
  writeEvent(`${new Date().toISOString()}\t${requestId}\t${level}\t${message}`);
}

function jsonLine(level, args) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  const error = args.find((arg) => arg instanceof Error);
  try {
    line.message = args.length === 1 && typeof args[0] === "object" && !error ? args[0] : format(...args);
    if (error) {
      const { errorType, errorMessage, stack } = describeError(error);
      Object.assign(line, { errorType, errorMessage, stackTrace: stack });
    }
    return JSON.stringify(line);
  } catch {
    // An object with a cycle or a BigInt: shown as text.
    line.message = format(...args);
    return JSON.stringify(line);
  }
}
