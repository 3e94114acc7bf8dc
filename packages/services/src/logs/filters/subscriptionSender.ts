import { type AccountRegion, arn, type ServiceSender } from "@hearth/model";

/** In whose name a group's events are sent: CloudWatch Logs for the group, as policies of functions name it. */
export function subscriptionSender(
  { accountId, region }: AccountRegion,
  logGroupName: string,
  roleArn: string | null | undefined,
): ServiceSender {
  return {
    kind: "service",
    accountId,
    region,
    principal: "logs.amazonaws.com",
    sourceArn: arn({ service: "logs", region, accountId, resource: `log-group:${logGroupName}:*` }),
    ...(roleArn && { RoleArn: roleArn }),
  };
}
