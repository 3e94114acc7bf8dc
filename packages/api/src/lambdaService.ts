import { bind, type Operation, type Service } from "@hearth/wire";
import type { z } from "zod";
import type { ApiDeps } from "./apiDeps.ts";
import { notBuilt } from "./notBuilt.ts";
import { invokeOperations, managementOperations, operations, ownOperations } from "./operations.ts";

/** The whole Lambda API, as one process that is `control` and `invoker` serves it. */
export function lambdaService(deps: ApiDeps): Service {
  return service([...operations, ...ownOperations], deps, notBuilt);
}

/** Everything but Invoke, as `control` serves it behind the invokers. */
export function managementService(deps: Omit<ApiDeps, "invoking">): Service {
  return service([...managementOperations, ...ownOperations], deps, notBuilt);
}

/** Invoke alone: what an invoker serves itself; the rest it passes on to `control`. */
export function invokeService(deps: Pick<ApiDeps, "invoking" | "region">): Service {
  return service(invokeOperations, deps, []);
}

function service<Deps>(
  declared: readonly Operation<z.ZodType, Deps>[],
  deps: Deps,
  missing: Service["notBuilt"],
): Service {
  return {
    signingName: "lambda",
    protocol: "rest-json",
    namespace: "",
    operations: bind(declared, deps),
    notBuilt: missing,
  };
}
