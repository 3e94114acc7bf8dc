import { expect, test } from "vitest";
import { environmentVariables, needsFreshProcess } from "./environmentVariables.ts";
import { testVersion } from "./testing/testVersion.ts";

const VIEW = { taskRoot: "/var/task", optRoot: "/opt", tmpDir: "/tmp" };
const NAMES = { logGroupName: "/aws/lambda/hello", logStreamName: "s" };

test("AWS's standard variables are set", () => {
  expect(environmentVariables(testVersion({ Runtime: "nodejs22.x", MemorySize: 512 }), VIEW, NAMES)).toEqual({
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    LD_LIBRARY_PATH: "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    NODE_PATH:
      "/opt/nodejs/node22/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task",
    _HANDLER: "index.handler",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs22.x",
    AWS_LAMBDA_FUNCTION_NAME: "hello",
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/hello",
    AWS_LAMBDA_LOG_STREAM_NAME: "s",
    AWS_LAMBDA_LOG_FORMAT: "Text",
    LAMBDA_TASK_ROOT: "/var/task",
    LAMBDA_RUNTIME_DIR: "/var/runtime",
  });
});

test("Python functions find the runtime's own modules by PYTHONPATH, and custom runtimes have no AWS_EXECUTION_ENV", () => {
  expect(environmentVariables(testVersion({ Runtime: "python3.13" }), VIEW, NAMES)["PYTHONPATH"]).toBe("/var/runtime");
  const custom = environmentVariables(testVersion({ Runtime: "provided.al2023" }), VIEW, NAMES);
  expect([custom["PYTHONPATH"], custom["AWS_EXECUTION_ENV"]]).toEqual([undefined, undefined]);
});

test("the user's variables win over defaults and lose against reserved ones; credentials never come from them", () => {
  const Variables = {
    TZ: "Asia/Tokyo",
    NODE_PATH: "/x",
    MINE: "1",
    AWS_REGION: "mars",
    AWS_ACCESS_KEY_ID: "AKIA",
    HEARTH_API_SOCKET: "/y",
  };
  const environment = environmentVariables(testVersion({ Variables }), VIEW, NAMES);
  expect(environment).toMatchObject({ TZ: "Asia/Tokyo", NODE_PATH: "/x", MINE: "1", AWS_REGION: "us-east-1" });
  expect(environment).not.toHaveProperty("AWS_ACCESS_KEY_ID");
  expect(environment).not.toHaveProperty("HEARTH_API_SOCKET");
});

test("in an image of the function's own, what the image sets is the least, and Lambda adds nothing of its runtimes", () => {
  const version = testVersion({ imageRepository: "app", Variables: { PATH: "/own", _HANDLER: "x" } });
  const program = { environment: { PATH: "/image", LANG: "C", AWS_REGION: "mars" } };
  const environment = environmentVariables(version, VIEW, NAMES, program);
  expect(environment).toMatchObject({ PATH: "/own", LANG: "C", AWS_REGION: "us-east-1" });
  for (const name of [
    "_HANDLER",
    "LD_LIBRARY_PATH",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
    "AWS_EXECUTION_ENV",
    "TZ",
  ])
    expect(environment).not.toHaveProperty(name);
});

test("only variables that a process must start with demand a fresh one", () => {
  const needs = (name: string, Runtime = "nodejs22.x") =>
    needsFreshProcess(testVersion({ Runtime, Variables: { [name]: "x" } }));
  for (const name of ["NODE_OPTIONS", "LD_LIBRARY_PATH", "LD_PRELOAD", "LANG", "LC_ALL", "AWS_LAMBDA_EXEC_WRAPPER"]) {
    expect([name, needs(name)]).toEqual([name, true]);
  }
  for (const name of ["NODE_ENV", "NODE_PATH", "PYTHONPATH", "TZ", "PATH", "STAGE", "LANGUAGES", "DEBUG"]) {
    expect([name, needs(name)]).toEqual([name, false]);
  }
  for (const name of ["PYTHONHASHSEED", "LD_PRELOAD"]) {
    expect([name, needs(name, "python3.13")]).toEqual([name, true]);
  }
  for (const name of ["NODE_OPTIONS", "PYTHONPATH"]) {
    expect([name, needs(name, "python3.13")]).toEqual([name, false]);
  }
});
