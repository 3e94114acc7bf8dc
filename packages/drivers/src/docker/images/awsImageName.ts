/** AWS's public registry. https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#runtimes-images-lp */
export const AWS_REGISTRY = "public.ecr.aws/lambda";

const LABEL = /^(nodejs|python|ruby|java|dotnet|provided)\.?(\d[a-z0-9.]*|al\d+)$/;

/** Runtimes that are previews on AWS, as their issues for feedback say: https://github.com/aws/aws-lambda-base-images/issues/639 */
const PREVIEWS: readonly string[] = ["nodejs26.x", "python3.15"];

/**
 * AWS's base image of a runtime below a registry and path, such as `public.ecr.aws/lambda/nodejs:22` for `nodejs22.x`; `undefined` for identifiers that AWS
 * has no image of.
 */
export function awsImageName(runtime: string, prefix: string = AWS_REGISTRY): string | undefined {
  const [, language, version] = LABEL.exec(runtime) ?? [];
  return language && version && `${prefix.replace(/\/+$/, "")}/${language}:${version.replace(/\.x$/, "")}`;
}

/** The image of a runtime that is a preview, such as `…/nodejs:26-preview`: its name until AWS publishes it as `…/nodejs:26`. */
export function awsPreviewName(runtime: string, prefix: string = AWS_REGISTRY): string | undefined {
  return PREVIEWS.includes(runtime) ? `${awsImageName(runtime, prefix)}-preview` : undefined;
}
