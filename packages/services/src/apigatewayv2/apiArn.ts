import { type AccountRegion, arn } from "@hearth/model";

/** What an ARN such as `arn:aws:apigateway:us-east-1::/apis/abc/stages/prod` names; `undefined` when it is none of this region. */
export function parseApiArn(
  text: string,
  region: string,
): { readonly kind: "api" | "domain" | "stage"; readonly id: string; readonly stageName?: string } | undefined {
  const [, ofRegion, path = ""] = /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::(\/.+)$/.exec(text) ?? [];
  if (ofRegion !== region) return undefined;
  const [, root, id = "", more, stageName, rest] = path.split("/");
  if (root === "domainnames" && id !== "" && more === undefined) return { kind: "domain", id };
  if (root !== "apis" || id === "" || rest !== undefined) return undefined;
  if (more === undefined) return { kind: "api", id };
  return more === "stages" && stageName ? { kind: "stage", id, stageName } : undefined;
}

/** The ARN of an API, a stage or a domain name: it has no account. `path` begins with `/`. */
export function apiArn({ region }: Pick<AccountRegion, "region">, path: string): string {
  return arn({ service: "apigateway", region, accountId: "", resource: path });
}
