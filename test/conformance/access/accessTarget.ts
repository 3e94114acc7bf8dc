import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateRoleCommand } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { STSClient } from "@aws-sdk/client-sts";
import { systemRandom } from "@hearth/kit";
import { type ClientConfig, startHearth, type StartHearthOptions } from "@hearth/testkit";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A Hearth with clients of its owner, and helpers that create users, roles and accounts. */
export interface AccessTarget extends AsyncDisposable {
  readonly config: ClientConfig;
  readonly iam: IAMClient;
  as(credentials: Credentials): { lambda: LambdaClient; iam: IAMClient; sts: STSClient };
  /** Creates a user with a key and a policy with these statements. */
  newUser(
    statements?: readonly object[],
    managed?: readonly string[],
  ): Promise<{ UserName: string; credentials: Credentials }>;
  /** Creates a role with these statements that `trusted` may assume. Resolves with its ARN. */
  newRole(trusted: object, statements?: readonly object[]): Promise<string>;
}

const document = (Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });

export async function accessTarget(options: StartHearthOptions = {}): Promise<AccessTarget> {
  const hearth = await startHearth(options);
  const config = { ...hearth.clientConfig, maxAttempts: 1 };
  const iam = new IAMClient(config);
  const name = (): string => `access-${systemRandom.hex(6)}`;
  return {
    config,
    iam,
    as(credentials) {
      const theirs = { ...config, credentials };
      return { lambda: new LambdaClient(theirs), iam: new IAMClient(theirs), sts: new STSClient(theirs) };
    },
    async newUser(statements = [], managed = []) {
      const UserName = name();
      await iam.send(new CreateUserCommand({ UserName }));
      if (statements.length > 0) {
        const PolicyDocument = document(statements);
        await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "inline", PolicyDocument }));
      }
      for (const PolicyArn of managed) await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      return {
        UserName,
        credentials: {
          accessKeyId: AccessKey?.AccessKeyId ?? "",
          secretAccessKey: AccessKey?.SecretAccessKey ?? "",
        },
      };
    },
    async newRole(trusted, statements = []) {
      const RoleName = name();
      const trust = document([{ Effect: "Allow", Action: "sts:AssumeRole", ...trusted }]);
      const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
      if (statements.length > 0) {
        const PolicyDocument = document(statements);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "inline", PolicyDocument }));
      }
      return Role?.Arn ?? "";
    },
    [Symbol.asyncDispose]: () => hearth[Symbol.asyncDispose](),
  };
}
