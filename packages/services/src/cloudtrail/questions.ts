import type { Questions } from "@hearth/access";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html */
export const questions: Questions = ({ operation, accountId }) => [
  { action: `cloudtrail:${operation}`, resources: ["*"], accountId },
];
