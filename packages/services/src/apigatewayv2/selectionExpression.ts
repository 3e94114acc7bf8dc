import { BadRequestException } from "./errors.ts";

/** What the variables of a selection expression may be. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html */
const VARIABLES = {
  /** Of models and request templates. */
  request: /^request\.body(?:\..+)?$/,
  integrationResponse:
    /^(?:request\.body(?:\..+)?|integration\.response\.(?:statuscode|(?:header|multivalueheader)\..+|body(?:\..+)?))$/,
} as const;
const VARIABLE = /\\\$|\$\{([^}]*)\}|\$([A-Za-z0-9_.[\]-]+)/g;
/** Is a key of its own; AWS has it with a backslash in front. */
const DEFAULT = "default";

/** Throws BadRequestException for an expression with a variable that there is not. */
export function checkSelection(expression: string | undefined, kind: keyof typeof VARIABLES): void {
  for (const [whole, braced, bare] of (expression ?? "").matchAll(VARIABLE)) {
    const variable = braced ?? bare;
    if (whole === "\\$" || variable === DEFAULT || VARIABLES[kind].test(variable ?? "")) continue;
    throw new BadRequestException(`Invalid selection expression specified: ${expression}`);
  }
}
