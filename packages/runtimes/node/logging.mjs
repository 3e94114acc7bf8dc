// console as on AWS: `time\trequestId\tLEVEL\tmessage`, or one JSON object a line when AWS_LAMBDA_LOG_FORMAT is JSON.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
import { writeSync } from "node:fs";
import { format } from "node:util";
import { errorDocument, intoError } from "./errors.mjs";
import { withoutOwnFrames } from "./ownFrames.mjs";

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

// AWS's older runtime has none before the first event, and says so.
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

/** A line of the runtime itself about what was thrown, as AWS logs it. `what` is "Invoke Error", "Uncaught Exception" … */
export function logError(what, thrown) {
  if (jsonFormat()) {
    if (isWanted("ERROR")) writeEvent(jsonLine("ERROR", [intoError(thrown)]));
  } else writeText("ERROR", format(what, `\t${described(intoError(thrown))}`));
}

/** An error with everything it carries, as the text log shows it. */
function described(error) {
  try {
    return JSON.stringify(error, (_key, value) => (value instanceof Error ? membersOf(value) : value));
  } catch {
    // A cycle or a BigInt among its own members: they cannot be shown.
    return JSON.stringify(errorDocument(error));
  }
}

function membersOf(error) {
  const members = { errorType: error.name, errorMessage: error.message, code: error.code, ...error };
  if (typeof error.stack === "string") members.stack = withoutOwnFrames(error.stack).split("\n");
  return members;
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
    else if (json) console[method] = (message, ...args) => writeEvent(jsonLine(level, [message, ...args]));
    else console[method] = (message, ...args) => writeText(level, withoutOwnFrames(format(message, ...args)));
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
      line.message = withoutOwnFrames(format(args[0]));
      return JSON.stringify(line);
    }
  }
  line.message = withoutOwnFrames(format(...args));
  const error = args.find((arg) => arg instanceof Error);
  return JSON.stringify(error ? Object.assign(line, errorMembers(error)) : line);
}

function errorMembers(error, more) {
  const errorType = error.constructor?.name ?? "UnknownError";
  return {
    errorType,
    errorMessage: error.message,
    stackTrace: withoutOwnFrames(String(error.stack)).split("\n"),
    ...more,
  };
}
