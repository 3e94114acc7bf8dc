/** AWS's public registry. https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#runtimes-images-lp */
export const AWS_REGISTRY = "public.ecr.aws/lambda";

const LABEL = /^(nodejs|python|ruby|java|dotnet|provided)\.?(\d[a-z0-9.]*|al\d+)$/;

/**
 * AWS's base image of a runtime below a registry and path, such as `public.ecr.aws/lambda/nodejs:22` for `nodejs22.x`; `undefined` for identifiers that AWS
 * has no image of.
 */
export function awsImageName(runtime: string, prefix: string = AWS_REGISTRY): string | undefined {
  const [, language, version] = LABEL.exec(runtime) ?? [];
  return language && version && `${prefix.replace(/\/+$/, "")}/${language}:${version.replace(/\.x$/, "")}`;
}
