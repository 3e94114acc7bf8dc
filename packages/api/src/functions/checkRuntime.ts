import type { RuntimeSupport } from "@hearth/drivers";
import { InvalidParameterValueException, RUNTIMES, SUPPORTED_RUNTIMES } from "@hearth/model";
import type { ApiDeps } from "../deps.ts";

/**
 * Refuses a runtime that AWS does not know or no longer accepts, and one that this machine cannot run; with `exactRuntimes` also one that is known to run on
 * another version. Where a runtime is not made ready yet, its version is known only then: its activation refuses it.
 */
export async function checkRuntime(
  runtime: string,
  { runtimes, exactRuntimes = false }: Pick<ApiDeps, "runtimes" | "exactRuntimes">,
): Promise<void> {
  const word = Object.hasOwn(RUNTIMES, runtime) ? RUNTIMES[runtime] : undefined;
  if (word?.isRetired) {
    throw new InvalidParameterValueException(
      `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`,
    );
  }
  const support = await runtimes();
  const isTaken = (one: RuntimeSupport): boolean =>
    one.state !== "unavailable" && !(exactRuntimes && one.state === "ready" && one.servedBy !== one.runtime);
  const own = support.find((one) => one.runtime === runtime);
  if (word && own && isTaken(own)) return;

  const taken = new Set(support.filter(isTaken).map((one) => one.runtime));
  const list = SUPPORTED_RUNTIMES.filter((name) => taken.has(name)).join(", ");
  // AWS's sentence. The members of its list change with time on AWS too.
  if (!word) {
    throw new InvalidParameterValueException(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${list}] or be a valid ARN`,
    );
  }
  if (own && own.state !== "unavailable") {
    throw new InvalidParameterValueException(
      `The runtime ${runtime} would run on ${own.servedBy} here, which HEARTH_EXACT_RUNTIMES=1 refuses. This Hearth runs: [${list}]`,
    );
  }
  const reason = (own?.reason ?? "it has no such runtime").replace(/\.$/, "");
  throw new InvalidParameterValueException(
    `The runtime ${runtime} cannot be run by this Hearth: ${reason}. It runs: [${list}]`,
  );
}
