import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { systemRandom } from "@hearth/kit";

type ClientConfig = ConstructorParameters<typeof IAMClient>[0];

/** Makes a role that a service may assume and that allows `actions` on everything. Resolves with its ARN. */
export async function newIntegrationRole(
  config: ClientConfig,
  actions: readonly string[],
  service = "apigateway.amazonaws.com",
): Promise<string> {
  using stack = new DisposableStack();
  const iam = stack.adopt(new IAMClient(config ?? {}), (it) => it.destroy());
  const RoleName = `conformance-${systemRandom.hex(6)}`;
  const document = (statement: object): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const AssumeRolePolicyDocument = document({ Principal: { Service: service }, Action: "sts:AssumeRole" });
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  if (actions.length > 0) {
    const PolicyDocument = document({ Action: actions, Resource: "*" });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
  }
  return Role?.Arn ?? "";
}
