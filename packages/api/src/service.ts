import { bind, type BoundOperation, type Operation, type Service } from "@hearth/wire";
import type { z } from "zod";
import type { ApiDeps } from "./deps.ts";
import { notBuilt } from "./notBuilt.ts";
import { invokeOperations, managementOperations, ownOperations } from "./operations.ts";

/** The whole Lambda API, as one process that is `control` and `invoker` serves it. */
export function lambdaService(deps: ApiDeps): Service {
  return service([...bindAll(invokeOperations, deps), ...management(deps)], notBuilt);
}

/** Everything but Invoke, as `control` serves it behind the invokers. */
export function managementService(deps: Omit<ApiDeps, "invoking">): Service {
  return service(management(deps), notBuilt);
}

/** Invoke alone: what an invoker serves itself; the rest it passes on to `control`. */
export function invokeService(deps: Pick<ApiDeps, "invoking" | "region">): Service {
  return service(bindAll(invokeOperations, deps), []);
}

/** What changes something is answered once invocations meet the change. */
function management(deps: Omit<ApiDeps, "invoking">): readonly BoundOperation[] {
  const bound = bindAll([...managementOperations, ...ownOperations], deps);
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

function bindAll<Deps>(declared: readonly Operation<z.ZodType, Deps>[], deps: Deps): readonly BoundOperation[] {
  return bind(declared, deps);
}

function service(operations: readonly BoundOperation[], missing: Service["notBuilt"]): Service {
  return { signingName: "lambda", protocols: ["rest-json"], operations, notBuilt: missing };
}
