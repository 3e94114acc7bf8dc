/** The segments of the path in an ARN such as `arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod`; `undefined` when it is none of this region. */
export function pathOfArn(text: string, region: string): readonly string[] | undefined {
  const [, ofRegion, path = ""] = /^arn:aws[a-z-]*:apigateway:([a-z0-9-]+)::\/(.+)$/.exec(text) ?? [];
  return ofRegion === region ? path.split("/") : undefined;
}
