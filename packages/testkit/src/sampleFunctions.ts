/** Functions that tests use, as `zipOf` takes them. The answer of each identifies its run. */
export const sampleFunctions = {
  /** nodejs: answers with its event. Handler `index.handler`. */
  nodeEcho: { "index.mjs": "export const handler = async (event) => event;\n" },

  /** python: answers with its event. Handler `app.handler`. */
  pythonEcho: { "app.py": "def handler(event, context):\n    return event\n" },

  /** nodejs: prints the event, answers with the members of its context. Handler `index.handler`. */
  nodeContext: {
    "index.mjs": `export const handler = async (event, context) => {
  console.log("event", JSON.stringify(event));
  return {
    requestId: context.awsRequestId,
    functionName: context.functionName,
    functionVersion: context.functionVersion,
    arn: context.invokedFunctionArn,
    memory: context.memoryLimitInMB,
    remainingMs: context.getRemainingTimeInMillis(),
    environment: process.env,
  };
};
`,
  },

  /** nodejs: waits `event.ms`, then answers with its event. Handler `index.handler`. */
  nodeSleep: {
    "index.mjs":
      "export const handler = async (event) => {\n  await new Promise((done) => setTimeout(done, event.ms));\n  return event;\n};\n",
  },

  /** nodejs: throws the error that the event describes. Handler `index.handler`. */
  nodeThrow: {
    "index.mjs": `export const handler = async (event) => {
  const error = new Error(event.message);
  error.name = event.name ?? "Error";
  throw error;
};
`,
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;
