import { InvalidParameterValueException, RUNTIMES } from "@hearth/model";
import type { FunctionSettings } from "@hearth/store";
import type { ApiDeps } from "../deps.ts";

/**
 * Refuses programs that are compiled for a processor which no machine of this Hearth has. Functions in other languages run on any: only the compiled parts that
 * they may bring do not.
 */
export function checkArchitecture(
  { PackageType, Runtime = "", Architectures }: Pick<FunctionSettings, "PackageType" | "Runtime" | "Architectures">,
  { architectures }: Pick<ApiDeps, "architectures">,
): void {
  const isProgram =
    PackageType === "Image" || (Object.hasOwn(RUNTIMES, Runtime) && RUNTIMES[Runtime]?.family === "provided");
  const foreign = isProgram && Architectures.find((one) => !architectures.has(one));
  if (!foreign) return;
  const what = PackageType === "Image" ? "container images" : `${Runtime} programs`;
  throw new InvalidParameterValueException(
    `Functions of the architecture ${foreign} cannot be run by this Hearth, whose machine runs ${what} for [${[...architectures].join(", ")}]. Set HEARTH_ARCHITECTURES where it emulates others.`,
  );
}
