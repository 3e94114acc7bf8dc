import { z } from "zod";
import { imageRepositories, url } from "./settingTypes.ts";

/** Settings of the images that sandboxes run. Part of `Settings`. */
export const imageSettings = {
  HEARTH_RUNTIME_IMAGES: z
    .string()
    .regex(
      /^(debian|aws|[a-zA-Z0-9][a-zA-Z0-9.-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)+)$/,
      "must be debian, aws, or a registry and path",
    )
    .default("debian")
    .describe(
      "Images that functions of managed and custom runtimes run in. `aws`: AWS's own of public.ecr.aws/lambda, so that each runtime has its exact version on Amazon Linux. A registry and path, such as `registry.local/lambda`: a mirror of them. `debian`: Hearth's own, made of published images or Debian packages. Needs a Docker Engine. Set it alike for all launchers.",
    ),
  HEARTH_IMAGE_REGISTRY: z
    .string()
    .optional()
    .describe("Registry and path to pull runtime images from before building them, such as `registry.local/hearth`."),
  HEARTH_IMAGE_REPOSITORIES: imageRepositories
    .prefault("")
    .describe(
      "Repositories of images functions may be made of, or registries and paths above them, separated by commas: `registry.local/functions` for every account, `111111111111=registry.local/team-a` for one. Where one is named for every account, no other may be used except those named for an account. Else the owner's account may use any, but of registries at private or loopback addresses only what the engine has already, and other accounts may use what registries give to everyone. Images that are named are asked for as whoever `docker login` has left for the launcher's user.",
    ),
  HEARTH_IMAGE_PULL_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(900_000)
    .describe("How long pulling the image of a function of PackageType Image may take, ms."),
  HEARTH_DEBIAN_MIRROR: url(["http:", "https:"])
    .optional()
    .describe("Debian mirror for building runtime images where no registry has them. Default: the one that apt uses."),
};
