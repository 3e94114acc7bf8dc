const TYPES: readonly (readonly [RegExp, string])[] = [
  [/^arn:[^:]*:lambda:[^:]*:\d*:function:/, "AWS::Lambda::Function"],
  [/^arn:[^:]*:lambda:[^:]*:\d*:layer:/, "AWS::Lambda::LayerVersion"],
  [/^arn:[^:]*:lambda:[^:]*:\d*:event-source-mapping:/, "AWS::Lambda::EventSourceMapping"],
  [/^arn:[^:]*:lambda:[^:]*:\d*:code-signing-config:/, "AWS::Lambda::CodeSigningConfig"],
  [/^arn:[^:]*:iam::\d*:role\//, "AWS::IAM::Role"],
  [/^arn:[^:]*:iam::\d*:user\//, "AWS::IAM::User"],
  [/^arn:[^:]*:iam::\w*:policy\//, "AWS::IAM::Policy"],
  [/^arn:[^:]*:logs:[^:]*:\d*:log-group:/, "AWS::Logs::LogGroup"],
  [/^(AKIA|ASIA)\w+$/, "AWS::IAM::AccessKey"],
];

/** CloudTrail's type of a resource, as the member `ResourceType`; nothing for other resources. */
export function resourceType(name: string): { readonly ResourceType?: string } {
  const found = TYPES.find(([pattern]) => pattern.test(name));
  return found ? { ResourceType: found[1] } : {};
}
