import * as sdk from "@aws-sdk/client-api-gateway";
import { zipOf } from "@hearth/testkit";
import { expect } from "vitest";
import type { UrlCall } from "../../support/urlCall.ts";
import { type RestApiTarget, restApiTarget } from "./restApiTarget.ts";

/** Answers with its event, or as the path asks. */
const WEB = `
let calls = 0;
export const handler = async (event) => {
  const path = event.path ?? "";
  if (path.endsWith("/answer")) return { statusCode: 418, headers: { "x-own": "yes" }, multiValueHeaders: { "set-cookie": ["a=1", "b=2"] }, body: "short and stout" };
  if (path.endsWith("/binary")) return { statusCode: 200, headers: { "content-type": "image/png" }, body: "AQID", isBase64Encoded: true };
  if (path.endsWith("/throw")) throw new Error("on purpose");
  if (path.endsWith("/wrong")) return { status: 200 };
  return { statusCode: 200, body: JSON.stringify(event) };
};
export const plain = async (event) => {
  if (event.fail) throw new Error(event.fail);
  return { got: event, list: ["a", "b"] };
};
export const authorize = async (event) => {
  calls++;
  const token = event.authorizationToken ?? event.headers?.token;
  if (token === "unauthorized") throw new Error("Unauthorized");
  if (token === "broken") throw new Error("on purpose");
  const Effect = token === "no" ? "Deny" : "Allow";
  const Resource = token === "other" ? event.methodArn + "/other" : event.methodArn.replace(/\\/[^/]+\\/[^/]+$/, "/*/*");
  const policyDocument = { Version: "2012-10-17", Statement: [{ Action: "execute-api:Invoke", Effect, Resource }] };
  return { principalId: "me", policyDocument, context: { calls, yes: true, type: event.type }, usageIdentifierKey: event.headers?.key };
};
export const stream = awslambda.streamifyResponse(async (event, out) => {
  out = awslambda.HttpResponseStream.from(out, { statusCode: 201, headers: { "x-own": event.path } });
  out.write("one ");
  out.end("two");
});
`;

interface Options {
  readonly httpMethod?: string;
  readonly api?: Partial<sdk.CreateRestApiCommandInput>;
}

/** What a method is named by. */
interface MethodName {
  readonly restApiId: string;
  readonly resourceId: string;
  readonly httpMethod: string;
}

/** A target with functions for REST APIs to call. */
export interface ServedRestApis extends RestApiTarget {
  readonly endpoint: string;
  readonly arns: Readonly<Record<(typeof HANDLERS)[number], string>>;
  uriOf(arn: string, path?: string, action?: string): string;
  /** The settings of a proxy for the function that answers with its event. */
  proxy(): Partial<sdk.PutIntegrationCommandInput>;
  /** Deploys to the stage `dev`. */
  deploy(restApiId: string, more?: Partial<sdk.CreateDeploymentCommandInput>): Promise<void>;
  /** An API whose root has one method. */
  apiWith(
    method: Partial<sdk.PutMethodCommandInput>,
    integration: Partial<sdk.PutIntegrationCommandInput>,
    options?: Options,
  ): Promise<MethodName>;
  respond(of: MethodName, statusCode: string, more?: Partial<sdk.PutIntegrationResponseCommandInput>): Promise<void>;
  /** The JSON of an answer with status 200. */
  json(restApiId: string, path: string, how?: UrlCall): Promise<Record<string, unknown>>;
}

const HANDLERS = ["handler", "plain", "authorize", "stream"] as const;

export async function servedRestApis(
  own?: Parameters<typeof restApiTarget>[0],
): Promise<ServedRestApis & AsyncDisposable> {
  const target = await restApiTarget(own);
  const { rest, region } = target;
  const { protocol, hostname, port } = (await target.lambda.client.config.endpoint?.()) ?? {};
  const zip = await zipOf({ "index.mjs": WEB });
  const made = await Promise.all(
    HANDLERS.map(async (name) => [name, await target.newFunction(zip, { Handler: `index.${name}` })] as const),
  );
  const arns = Object.fromEntries(made) as ServedRestApis["arns"];
  const uriOf = (arn: string, path = "2015-03-31", action = "invocations"): string =>
    `arn:aws:apigateway:${region}:lambda:path/${path}/functions/${arn}/${action}`;
  return {
    ...target,
    ...{ endpoint: `${protocol}//${hostname}:${port}`, arns, uriOf },
    proxy: () => ({ type: "AWS_PROXY", integrationHttpMethod: "POST", uri: uriOf(arns.handler) }),
    async deploy(restApiId, more = {}) {
      await rest.send(new sdk.CreateDeploymentCommand({ restApiId, stageName: "dev", ...more }));
    },
    async apiWith(method, integration, { httpMethod = "GET", api = {} } = {}) {
      const { restApiId, rootId } = await target.newRestApi(api);
      await target.newMethod({ restApiId, resourceId: rootId, httpMethod }, method, integration);
      return { restApiId, resourceId: rootId, httpMethod };
    },
    async respond(of, statusCode, more = {}) {
      const names = Object.keys(more.responseParameters ?? {});
      const responseParameters = Object.fromEntries(names.map((name) => [name, false]));
      await rest.send(new sdk.PutMethodResponseCommand({ ...of, statusCode, responseParameters }));
      await rest.send(new sdk.PutIntegrationResponseCommand({ ...of, statusCode, ...more }));
    },
    async json(restApiId, path, how) {
      const { status, body } = await target.call(restApiId, path, how);
      expect({ status, body }).toMatchObject({ status: 200 });
      return JSON.parse(body) as Record<string, unknown>;
    },
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  };
}
