import { choice, RUNTIMES, SUPPORTED_RUNTIMES, typeMessage } from "@hearth/model";
import { z } from "zod";

/** The runtimes that layers may name: every one there was, also those that new functions cannot have. */

/** In the order of AWS's message, as recorded in January 2026. */
const LISTED =
  "ruby3.5, ruby2.6, dotnetcore1.0, python3.7, nodejs8.10, nasa, ruby2.7, python2.7-greengrass, dotnetcore2.0, python3.8, java21, dotnet6, dotnetcore2.1, python3.9, java11, nodejs6.10, provided, dotnetcore3.1, dotnet8, java25, java17, nodejs, nodejs4.3, java8.al2, go1.x, dotnet10, nodejs20.x, go1.9, byol, nodejs10.x, provided.al2023, nodejs22.x, python3.10, java8, nodejs12.x, python3.11, nodejs24.x, nodejs8.x, python3.12, nodejs14.x, nodejs8.9, nodejs26.x, python3.13, python3.14, nodejs16.x, python3.15, provided.al2, nodejs4.3-edge, nodejs18.x, ruby3.2, python3.4, ruby3.3, ruby3.4, ruby2.5, python3.6, python2.7".split(
    ", ",
  );
const NEWER = Object.keys(RUNTIMES).filter((runtime) => !LISTED.includes(runtime));
const LAYER_RUNTIMES = [...LISTED, ...NEWER];
const MAX_RUNTIMES = 15;

/** The runtime that a listing asks for. */
export const CompatibleRuntime = choice(LAYER_RUNTIMES);

/** The runtimes of a new version. AWS's message about them lists only those of new functions, and without the brackets of other lists. */
export const CompatibleRuntimes = z
  .array(z.string({ error: typeMessage("String") }), { error: typeMessage("List") })
  .superRefine((runtimes, context) => {
    const refuse = (message: string): void => context.addIssue({ code: "custom", message });
    if (!runtimes.every((runtime) => LAYER_RUNTIMES.includes(runtime)))
      refuse(`Member must satisfy enum value set: [${SUPPORTED_RUNTIMES.join(", ")}]`);
    if (runtimes.length > MAX_RUNTIMES) refuse(`Member must have length less than or equal to ${MAX_RUNTIMES}`);
  });
