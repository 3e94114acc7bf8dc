import { type AccountRegion, globalArn } from "@hearth/model";

/** The ARN of an account's user, role or policy, in the partition of the installation. */
export function iamArn({ accountId, region }: AccountRegion, resource: string): string {
  return globalArn({ service: "iam", region, accountId, resource });
}
