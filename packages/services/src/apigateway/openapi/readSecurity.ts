import { given } from "../editing.ts";
import type { Settings } from "../patch.ts";
import { memberOf, type Node, nodeOf, nodesOf, textOf } from "./readDocument.ts";

/** What `security` of an operation means for a method. */
export interface Secured {
  readonly settings: Settings;
  readonly authorizer?: string;
  readonly warnings: readonly string[];
}

/**
 * Schemes of a definition: signatures, authorizers and API keys.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
 */
export class Security {
  readonly #schemes: Node;

  constructor(schemes: unknown) {
    this.#schemes = nodeOf(schemes);
  }

  /** The authorizers by the names of their schemes. */
  authorizers(): ReadonlyMap<string, Settings> {
    return new Map(
      Object.entries(this.#schemes).flatMap(([name, value]): [string, Settings][] => {
        const scheme = nodeOf(value);
        const extension = memberOf(scheme, "x-amazon-apigateway-authorizer");
        return extension === undefined ? [] : [[name, authorizer(name, scheme, nodeOf(extension))]];
      }),
    );
  }

  /** `requirements`: the operation's own, or those of the whole definition. */
  of(requirements: unknown, auth: unknown): Secured {
    const settings: Record<string, unknown> = { authorizationType: "NONE", apiKeyRequired: false };
    const warnings: string[] = [];
    let chosen: string | undefined;
    if (textOf(nodeOf(auth)["type"])?.toUpperCase() === "AWS_IAM") settings["authorizationType"] = "AWS_IAM";
    for (const [name, scopes] of nodesOf(requirements).flatMap((one) => Object.entries(one))) {
      const scheme = nodeOf(memberOf(this.#schemes, name));
      if (memberOf(scheme, "x-amazon-apigateway-authorizer") !== undefined) {
        const isPool = textOf(nodeOf(scheme["x-amazon-apigateway-authorizer"])["type"]) === "cognito_user_pools";
        settings["authorizationType"] = isPool ? "COGNITO_USER_POOLS" : "CUSTOM";
        if (Array.isArray(scopes) && scopes.length > 0) settings["authorizationScopes"] = scopes;
        chosen = name;
      } else if (textOf(scheme["x-amazon-apigateway-authtype"])?.toLowerCase() === "awssigv4") {
        settings["authorizationType"] = "AWS_IAM";
      } else if (isApiKey(scheme)) {
        settings["apiKeyRequired"] = true;
      } else {
        warnings.push(`Security scheme '${name}' is not supported and was ignored`);
      }
    }
    return { settings, warnings, ...(chosen !== undefined && { authorizer: chosen }) };
  }
}

function isApiKey({ type, in: place, name }: Node): boolean {
  return type === "apiKey" && place === "header" && textOf(name)?.toLowerCase() === "x-api-key";
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html */
function authorizer(name: string, scheme: Node, extension: Node): Settings {
  const type = textOf(extension["type"])?.toUpperCase() ?? "TOKEN";
  const { authorizerUri, authorizerCredentials, identityValidationExpression, identitySource } = extension;
  const header = textOf(scheme["name"]);
  return given({
    ...{ name, type, authorizerUri, authorizerCredentials, identityValidationExpression },
    authType: textOf(scheme["x-amazon-apigateway-authtype"]) ?? "custom",
    identitySource:
      identitySource ?? (type === "TOKEN" && header !== undefined ? `method.request.header.${header}` : undefined),
    authorizerResultTtlInSeconds: extension["authorizerResultTtlInSeconds"],
  });
}
