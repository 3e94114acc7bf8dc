interface Statement {
  readonly Effect?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Condition keys with fixed values make a statement for everyone not public. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status */
const FIXING_KEYS = new Set(
  "aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:sourceip aws:userid aws:principalorgid aws:principalarn aws:principalaccount s3:dataaccesspointaccount s3:dataaccesspointarn".split(
    " ",
  ),
);

/** Statements of bucket policies that let everyone in. */
export const publicStatements = {
  isIn: (policy: object): boolean => statementsOf(policy).some(isPublic),
  /** The policy as RestrictPublicBuckets leaves it: public statements hold only within the bucket's account. */
  withoutOthers: (policy: object, accountId: string): object => ({
    ...policy,
    Statement: statementsOf(policy).map((statement) =>
      isPublic(statement) ? { ...statement, Principal: { AWS: accountId } } : statement,
    ),
  }),
};

function statementsOf(policy: object): readonly Statement[] {
  const { Statement: statements } = policy as { readonly Statement?: Statement | readonly Statement[] };
  return statements === undefined
    ? []
    : Array.isArray(statements)
      ? (statements as readonly Statement[])
      : [statements as Statement];
}

function isPublic({ Effect, Principal, Condition }: Statement): boolean {
  if (Effect !== "Allow" || !isEveryone(Principal)) return false;
  return !Object.values(Condition ?? {}).some((keys) =>
    Object.entries(keys).some(([key, values]) => FIXING_KEYS.has(key.toLowerCase()) && isFixed(key, values)),
  );
}

function isEveryone(principal: unknown): boolean {
  if (principal === "*") return true;
  const { AWS } = (principal ?? {}) as { readonly AWS?: unknown };
  return AWS === "*" || (Array.isArray(AWS) && AWS.includes("*"));
}

function isFixed(key: string, values: unknown): boolean {
  const texts = (Array.isArray(values) ? values : [values]).map(String);
  if (key.toLowerCase() === "aws:sourceip") return texts.every((text) => !/^(0\.0\.0\.0\/0|::\/0)$/.test(text));
  return texts.every((text) => !/[*?]|\$\{/.test(text));
}
