import {
  AccessDeniedException,
  type ImageConfig,
  InvalidParameterValueException,
  MAX_IMAGE_CONFIG_BYTES,
  parseImageReference,
} from "@hearth/model";
import type { FunctionCode } from "@hearth/store";
import type { RequestContext } from "@hearth/wire";
import type { ApiDeps } from "../deps.ts";
import { type CodeSource, hasArchive } from "./codeSource.ts";
import type { ConfigurationInput } from "../functions/functionMembers.ts";

/** Rules and code of functions with `PackageType` `Image`. */

/** Longest reason of a registry or engine that is shown to clients, in characters. */
const MAX_REASON = 500;

/** Refuses code that does not fit the function's package type. */
export function checkPackage(packageType: "Zip" | "Image", source: CodeSource, doing: "creating" | "updating"): void {
  const hasImage = source.ImageUri !== undefined;
  if (packageType === "Image" && (!hasImage || hasArchive(source))) {
    throw new InvalidParameterValueException(
      `Please provide ImageUri when ${doing} a function with packageType Image.`,
    );
  }
  if (packageType === "Zip" && hasImage) {
    throw new InvalidParameterValueException(
      `Please don't provide ImageUri when ${doing} a function with packageType Zip.`,
    );
  }
}

/** Refuses settings that do not fit the function's package type. */
export function checkPackageSettings(
  packageType: "Zip" | "Image",
  { Handler, Runtime, Layers = [], ImageConfig: settings }: ConfigurationInput,
): void {
  if (packageType === "Image" && (Handler !== undefined || Runtime !== undefined || Layers.length > 0)) {
    throw new InvalidParameterValueException(
      "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.",
    );
  }
  if (packageType === "Zip" && settings && Object.keys(imageConfig(settings) ?? {}).length > 0) {
    throw new InvalidParameterValueException(
      "Please don't provide ImageConfig when the intended function PackageType is Zip.",
    );
  }
  if (settings && Buffer.byteLength(JSON.stringify(settings)) > MAX_IMAGE_CONFIG_BYTES) {
    throw new InvalidParameterValueException(`ImageConfig must be smaller than ${MAX_IMAGE_CONFIG_BYTES} bytes.`);
  }
}

/** The ImageConfig to store; `undefined` when it sets nothing. */
export function imageConfig(requested: NonNullable<ConfigurationInput["ImageConfig"]>): ImageConfig | undefined {
  const { EntryPoint = [], Command = [], WorkingDirectory } = requested;
  const set = {
    ...(EntryPoint.length > 0 && { EntryPoint }),
    ...(Command.length > 0 && { Command }),
    ...(WorkingDirectory && { WorkingDirectory }),
  };
  return Object.keys(set).length > 0 ? set : undefined;
}

/** Resolves `ImageUri` to the digest that it names now, if the caller's account may use it. The function keeps that digest. */
export async function imageCode(
  ImageUri: string,
  { caller, signal }: Pick<RequestContext, "caller" | "signal">,
  { images }: Pick<ApiDeps, "images">,
): Promise<FunctionCode> {
  if (!parseImageReference(ImageUri)) {
    throw new InvalidParameterValueException(`Source image ${ImageUri} is not valid. Provide a valid source image.`);
  }
  const found = await images.resolve(ImageUri, caller.accountId, signal);
  switch (found.kind) {
    case "found":
      return { digest: found.digest, sizeBytes: 0, ImageUri };
    case "missing":
      throw new InvalidParameterValueException(
        `Source image ${ImageUri} does not exist. Provide a valid source image.`,
      );
    case "unknown":
      // AWS's error for an image that cannot be loaded. SDKs do not retry it, unlike a 5xx.
      throw new InvalidParameterValueException(
        `Source image ${ImageUri} could not be looked up: ${found.reason.slice(0, MAX_REASON)}`,
      );
    case "denied":
      throw new AccessDeniedException(
        "Lambda does not have permission to access the ECR image. Check the ECR permissions.",
      );
    case "unsupported":
      throw new InvalidParameterValueException(
        `Functions of PackageType Image cannot be run by this Hearth: ${found.reason}`,
      );
  }
}
