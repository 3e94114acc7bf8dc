// The function of the behaviour suite in JavaScript: the event's `do` says what it does. packages/testkit/src/languages.ts has its answers.
import { readFileSync } from "node:fs";
import { get } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const LIBRARY = "fromlayer";
let count = 0;

const actions = {
  echo: ({ value }) => value,
  nothing: () => null,
  text: ({ size }) => "x".repeat(size),
  count: () => ++count,
  context: (_event, context) => ({
    requestId: context.awsRequestId,
    functionName: context.functionName,
    functionVersion: context.functionVersion,
    arn: context.invokedFunctionArn,
    memory: Number(context.memoryLimitInMB),
    logGroup: context.logGroupName,
    logStream: context.logStreamName,
    remaining: context.getRemainingTimeInMillis(),
    custom: context.clientContext.Custom ?? context.clientContext.custom,
  }),
  environment: () => ({ variables: { ...process.env }, folder: process.cwd() }),
  fail: () => {
    throw new TypeError("as asked: ü");
  },
  exit: ({ status }) => process.exit(status),
  wait: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms, "waited")),
  log: () => {
    console.debug("at debug");
    console.info("at info");
    console.error("at error\nin two lines");
    process.stdout.write("plain ü\n");
  },
  layer: () => readFileSync("/opt/data/text.txt", "utf8"),
  // Only `require` follows NODE_PATH.
  library: () => createRequire(import.meta.url)(LIBRARY),
  door: () =>
    new Promise((resolve) => {
      get(`http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/nothing`, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
    }),
};

export const handler = async (event, context) => actions[event.do](event, context);
