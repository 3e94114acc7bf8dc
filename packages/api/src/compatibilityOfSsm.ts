/** The section about Parameter Store in docs/compatibility.md. */
export const SSM_SECTION = `## AWS Systems Manager: Parameter Store

The operations of parameters are there: PutParameter, GetParameter, GetParameters, GetParametersByPath, GetParameterHistory, DescribeParameters, DeleteParameter, DeleteParameters,
LabelParameterVersion, UnlabelParameterVersion, and those of tags. The rest of Systems Manager (documents, sessions, patches …) answers NotImplementedException.

| | State | |
|---|---|---|
| SecureString | works | Values are encrypted with the installation's master key. \`KeyId\` is kept and shown; without decryption, the stored text is shown. |
| Tiers | works | \`Tier\` decides about the size of values. What an overwrite leaves out (description, pattern, key, tier) stays as it was. |
| AllowedPattern | works | On an engine of linear time, in RE2's syntax: without look-around and back-references. |
| Parameter policies | not there | NotImplementedException |
| Public parameters (\`/aws/service/…\`), shared parameters | not there | ParameterNotFound |`;
