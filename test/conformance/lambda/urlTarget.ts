import {
  AddPermissionCommand,
  type CreateFunctionCommandInput,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
} from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { type UrlAnswer, type UrlCall, urlCall } from "../../support/urlCall.ts";
import { type LambdaTarget, lambdaTarget } from "./lambdaTarget.ts";

/** Answers as the path asks: with its event, or with what the body says. */
const WEB = `
export const handler = async (event, context) => {
  switch (event.rawPath) {
    case "/value": return JSON.parse(event.body);
    case "/throw": throw new Error("on purpose");
    case "/id": return { statusCode: 200, body: context.awsRequestId + " " + context.invokedFunctionArn };
    case "/slow": await new Promise((done) => setTimeout(done, 60_000)); return "late";
    default: return event;
  }
};
export const streaming = awslambda.streamifyResponse(async (event, out) => {
  if (event.rawPath === "/throw") throw new Error("on purpose");
  if (event.rawPath === "/plain") { out.setContentType("text/plain"); out.write("one"); out.end("two"); return; }
  const head = { statusCode: 201, headers: { "x-own": "yes", "content-type": "text/html" }, cookies: ["a=1", "b=2"] };
  const body = awslambda.HttpResponseStream.from(out, head);
  body.write("<p>");
  if (event.rawPath === "/break") { await new Promise((done) => setTimeout(done, 50)); throw new Error("on purpose"); }
  body.end("x".repeat(100_000));
});
`;
export interface UrlTarget extends AsyncDisposable {
  readonly lambda: LambdaTarget;
  readonly endpoint: string;
  /** The code of functions that answer as the path asks. */
  readonly ZipFile: Uint8Array;
  /** A new function with a URL that everyone may call, unless it has AWS_IAM. */
  newUrl(
    wish?: Partial<CreateFunctionUrlConfigCommandInput>,
    input?: Partial<CreateFunctionCommandInput>,
  ): Promise<{ readonly FunctionName: string; readonly url: string }>;
  /** Lets everyone call the URL. */
  allow(FunctionName: string, Qualifier?: string): Promise<void>;
  call(url: string, how?: UrlCall): Promise<UrlAnswer>;
  /** The event that the function got. */
  eventOf(url: string, how: UrlCall): Promise<Record<string, unknown>>;
}

/** Functions with URLs in a target of tests of Lambda. */
export async function urlTarget(): Promise<UrlTarget> {
  const lambda = await lambdaTarget();
  const { protocol, hostname, port } = (await lambda.client.config.endpoint?.()) ?? {};
  const endpoint = `${protocol}//${hostname}:${port}`;
  const ZipFile = await zipOf({ "index.mjs": WEB });
  const call: UrlTarget["call"] = (url, how = {}) => urlCall(endpoint, url, how);
  const allow: UrlTarget["allow"] = async (FunctionName, Qualifier) => {
    const shared = { FunctionName, Qualifier, Principal: "*" };
    const url = { StatementId: "url", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" } as const;
    await lambda.client.send(new AddPermissionCommand({ ...shared, ...url }));
    const invoke = { StatementId: "invoke", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true };
    await lambda.client.send(new AddPermissionCommand({ ...shared, ...invoke }));
  };
  return {
    ...{ lambda, endpoint, ZipFile, allow, call },
    async newUrl(wish = {}, input = {}) {
      const { FunctionName } = await lambda.newFunction({ Code: { ZipFile }, ...input });
      const made = await lambda.client.send(
        new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...wish }),
      );
      if (made.AuthType === "NONE") await allow(FunctionName);
      return { FunctionName, url: made.FunctionUrl ?? "" };
    },
    eventOf: async (url, how) => JSON.parse((await call(url, how)).body) as Record<string, unknown>,
    [Symbol.asyncDispose]: () => lambda[Symbol.asyncDispose](),
  };
}
