import { InvalidParameterValueException, RUNTIMES, SUPPORTED_RUNTIMES } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";

/** Refuses a runtime that AWS does not know or no longer accepts, and one that this machine cannot run. */
export async function checkRuntime(
  runtime: string,
  { runtimeSupport }: Pick<ApiDeps, "runtimeSupport">,
): Promise<void> {
  const word = RUNTIMES[runtime];
  if (!word) {
    throw new InvalidParameterValueException(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${SUPPORTED_RUNTIMES.join(", ")}] or be a valid ARN`,
    );
  }
  if (word.isRetired) {
    throw new InvalidParameterValueException(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  const support = await runtimeSupport(runtime);
  if (support && support.state !== "unavailable") return;
  throw new InvalidParameterValueException(
    `The runtime ${runtime} cannot be run by this Hearth: ${support?.reason ?? "it has no such runtime."}`,
  );
}
