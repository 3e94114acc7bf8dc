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
    if (isWanted("ERROR")) writeEvent(jsonLine("ERROR", [error instanceof Error ? error : new Error(error)]));
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
  return process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === "JSON";
}

function isWanted(level) {
  return LEVELS[level] >= (LEVELS[process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()] ?? LEVELS.TRACE);
}

/** Replaces console's methods. Called once the environment is in place. */
export function patchConsole() {
  const json = jsonFormat();
  for (const [method, level] of Object.entries(METHODS)) {
    if (!isWanted(level)) console[method] = () => {};
    else if (json) console[method] = (...args) => writeEvent(jsonLine(level, args));
    else console[method] = (...args) => writeText(level, format(...args));
  }
}

function writeText(level, message) {
  writeEvent(`${new Date().toISOString()}\t${requestId}\t${level}\t${message}`);
}

function jsonLine(level, args) {
  const line = { timestamp: new Date().toISOString(), level, requestId };
  if (args.length === 1) {
    line.message = args[0];
    try {
      return JSON.stringify(line, (_key, value) => (value instanceof Error ? errorMembers(value, value) : value));
    } catch {
      // An object with a cycle or a BigInt: shown as text.
      line.message = format(args[0]);
      return JSON.stringify(line);
    }
  }
  line.message = format(...args);
  const error = args.find((arg) => arg instanceof Error);
  return JSON.stringify(error ? Object.assign(line, errorMembers(error)) : line);
}

function errorMembers(error, more) {
  const errorType = error.constructor?.name ?? "UnknownError";
  return { errorType, errorMessage: error.message, stackTrace: String(error.stack).split("\n"), ...more };
}
