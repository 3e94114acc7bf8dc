import { REST_DEPLOYED_KINDS, type RestApiContents, restContentsOf, restSnapshotOf, type RestTest } from "@hearth/apis";
import { NotImplementedException, structure, text, textMap } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import type { ApiGatewayDeps } from "../../apigatewayv2/deps.ts";
import { BadRequestException, NotFoundException } from "../../apigatewayv2/errors.ts";
import { findRestApi } from "../editing.ts";
import { METHOD_PATH, type MethodDocument, methodLabels } from "../methodEditing.ts";
import type { Settings } from "../patch.ts";
import type { RestTester } from "../restTester.ts";
import * as words from "../words.ts";

/** Those that a method ANY can be tested with. */
const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"]);
/** An HTTP method, not ANY. */
const USUAL_METHOD = "GET";
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const members = {
  pathWithQueryString: text({ max: 8192 }).optional(),
  body: text().optional(),
  headers: textMap({ min: 1, max: 256 }).optional(),
  multiValueHeaders: z.record(z.string(), z.array(z.string())).optional(),
  stageVariables: textMap().optional(),
};
type Given = z.output<z.ZodObject<typeof members>>;

function testerOf({ tester }: ApiGatewayDeps): RestTester {
  const found = tester();
  if (found) return found;
  throw new NotImplementedException("This process runs no functions: send the request to one of the role invoker.");
}

/** The API as it is now. */
async function contentsOf({ parts }: ApiGatewayDeps, api: ApiRecord): Promise<RestApiContents> {
  return restContentsOf(restSnapshotOf(api, await parts.all(api.apiId, REST_DEPLOYED_KINDS)));
}

/** `multiValueHeaders` come in the place of `headers` of the same name. */
function headerLines({ headers = {}, multiValueHeaders = {} }: Given): RestTest["headers"] {
  const lists = Object.entries(multiValueHeaders);
  const named = new Set(lists.map(([name]) => name.toLowerCase()));
  const lines = [
    ...Object.entries(headers).filter(([name]) => !named.has(name.toLowerCase())),
    ...lists.flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
  ];
  const wrong = lines.find(([name, value]) => !HEADER_NAME.test(name) || !HEADER_VALUE.test(value));
  if (wrong) throw new BadRequestException(`Invalid header specified: ${wrong[0]}`);
  return lines;
}

function testOf(
  given: Given,
  context: RequestContext,
  of: Pick<RestTest, "api" | "contents" | "method">,
  path: string,
): RestTest {
  const { caller, requestId, signal } = context;
  const { pathWithQueryString = path, body = "", stageVariables = {} } = given;
  const whole = pathWithQueryString.startsWith("/") ? pathWithQueryString : `/${pathWithQueryString}`;
  const sent = { pathWithQueryString: whole, headers: headerLines(given), body };
  return { ...of, ...sent, stageVariables, caller, requestId, signal };
}

const testInvokeMethod = operation({
  name: "TestInvokeMethod",
  http: ["POST", METHOD_PATH, 200],
  input: structure({ ...methodLabels, ...members, clientCertificateId: text({ max: 128 }).optional() }),
  output: structure({
    status: z.number(),
    body: z.string(),
    headers: z.record(z.string(), z.string()),
    multiValueHeaders: z.record(z.string(), z.array(z.string())),
    log: z.string(),
    latency: z.number(),
  }),
  errors: [BadRequestException, NotFoundException],
  async handle(input, context, deps: ApiGatewayDeps) {
    const { restapi_id, resource_id, http_method, clientCertificateId, ...given } = input;
    const tester = testerOf(deps);
    if (clientCertificateId !== undefined) {
      throw new BadRequestException("Invalid client certificate identifier specified");
    }
    const api = await findRestApi(deps, context, restapi_id);
    const contents = await contentsOf(deps, api);
    const resource = contents.resources.get(resource_id);
    if (!resource) throw new NotFoundException("Invalid Resource identifier specified");
    const methods = (await deps.parts.all(restapi_id, ["method"])).map(
      ({ settings }) => settings as Settings as MethodDocument,
    );
    const ofResource = methods.filter(({ resourceId }) => resourceId === resource_id);
    if (!METHODS.has(http_method)) throw new NotFoundException("Invalid Method identifier specified");
    const found =
      ofResource.find(({ httpMethod }) => httpMethod === http_method) ??
      ofResource.find(({ httpMethod }) => httpMethod === "ANY");
    if (!found) throw new NotFoundException("Invalid Method identifier specified");
    if (!found.methodIntegration) throw new BadRequestException("No integration defined for method");
    const method = http_method === "ANY" ? USUAL_METHOD : http_method;
    return await tester.method(testOf(given, context, { api, contents, method }, resource.path), {
      resource,
      method: found,
    });
  },
});

const testInvokeAuthorizer = operation({
  name: "TestInvokeAuthorizer",
  http: ["POST", "/restapis/{restapi_id}/authorizers/{authorizer_id}", 200],
  input: structure({
    restapi_id: words.id,
    authorizer_id: words.id,
    ...members,
    additionalContext: textMap().optional(),
  }),
  output: structure({
    clientStatus: z.number(),
    log: z.string(),
    latency: z.number(),
    principalId: z.string().optional(),
    policy: z.string().optional(),
  }),
  errors: [BadRequestException, NotFoundException],
  async handle({ restapi_id, authorizer_id, ...given }, context, deps: ApiGatewayDeps) {
    const tester = testerOf(deps);
    const api = await findRestApi(deps, context, restapi_id);
    const contents = await contentsOf(deps, api);
    const authorizer = contents.authorizers.get(authorizer_id);
    if (!authorizer) throw new NotFoundException("Invalid Authorizer identifier specified");
    const test = testOf(given, context, { api, contents, method: USUAL_METHOD }, "/");
    return await tester.authorizer(test, authorizer);
  },
});

export const testOperations = [testInvokeMethod, testInvokeAuthorizer];
