import type { House, ServiceAccess, ServiceRoom } from "@hearth/access";
import type { Invoking } from "@hearth/invoke";
import type { FunctionIndex } from "@hearth/store";
import { TooManyRequestsException } from "@hearth/model";
import { type AccountQuota, bind, type BoundOperation } from "@hearth/wire";
import type { ApiDeps } from "./deps.ts";
import { notBuilt } from "./notBuilt.ts";
import { invokeOperations, managementOperations, ownOperations } from "./operations.ts";
import { questions, warmKey } from "./questions.ts";
import { functionResources } from "./resources.ts";

/** Dependencies of the Lambda API, besides those of every service. */
export interface LambdaHouse extends House {
  readonly lambda: Omit<ApiDeps, "invoking">;
  /** Present in a process that runs functions, together with the functions that it has in memory. */
  readonly runner?: { readonly invoking: Invoking; readonly functions: FunctionIndex };
}

const access: ServiceAccess<LambdaHouse> = {
  signingName: "lambda",
  questions,
  warmKey,
  resources: ({ lambda: { policies, tags }, runner }) =>
    functionResources({ policies, tags, ...(runner && { functions: runner.functions }) }),
};

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors */
function throttling(quota: AccountQuota): TooManyRequestsException {
  if (quota === "invocations") return new TooManyRequestsException("FunctionInvocationRateLimitExceeded");
  return new TooManyRequestsException("CallerRateLimitExceeded", "Rate exceeded");
}

/** The Lambda API: all of it in a process that runs functions, else all but Invoke. */
export const lambda: ServiceRoom<LambdaHouse> = {
  ...access,
  protocols: ["rest-json"],
  throttling,
  role: "control",
  endpointVariable: "AWS_ENDPOINT_URL_LAMBDA",
  notBuilt,
  open: ({ lambda: deps, runner }) => [
    ...(runner ? bind(invokeOperations, { ...deps, invoking: runner.invoking }) : []),
    ...management(deps),
  ],
};

/** Invoke alone: what a process of the role `invoker` serves itself. It passes the rest on to `control`. */
export const lambdaInvoke: ServiceRoom<LambdaHouse> = {
  ...access,
  protocols: ["rest-json"],
  throttling,
  role: "invoker",
  notBuilt: [],
  open: ({ lambda: deps, runner }) => (runner ? bind(invokeOperations, { ...deps, invoking: runner.invoking }) : []),
};

/** A call that changes something is answered once the change applies to invocations. */
function management(deps: Omit<ApiDeps, "invoking">): readonly BoundOperation[] {
  const bound = bind<Omit<ApiDeps, "invoking">>([...managementOperations, ...ownOperations], deps);
  return bound.map((one) => {
    if (one.http?.[0] === "GET") return one;
    const run: BoundOperation["run"] = async (input, context) => {
      const output = await one.run(input, context);
      await deps.changes.passed();
      return output;
    };
    return { ...one, run };
  });
}
