const INVOCATIONS = /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/2015-03-31\/functions\/(arn:.+)\/invocations$/;
const FUNCTION = /^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9_$-]+)?$/;

/** The function's ARN in the URI of an integration or an authorizer, which AWS takes in two forms. `undefined` when it is neither. Stage variables stay in it. */
export function functionArnIn(uri: string): string | undefined {
  const arn = INVOCATIONS.exec(uri)?.[1] ?? uri;
  return FUNCTION.test(arn.replaceAll(/\$\{stageVariables\.[A-Za-z0-9_]+\}/g, "x")) ? arn : undefined;
}
