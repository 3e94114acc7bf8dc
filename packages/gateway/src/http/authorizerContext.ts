/** What an authorizer tells the function, in both payload formats. */
export interface AuthorizerContext {
  readonly v1: object;
  readonly v2: object;
  /** `principalId` and claims for access logs and parameter mapping: `$context.authorizer.<name>`. */
  readonly values: Readonly<Record<string, unknown>>;
}
