import type { Question } from "./question.ts";

/** The question whether a caller may give a role to a service: for every operation that stores a RoleArn. `principal` is such as `scheduler.amazonaws.com`. */
export function passRoleQuestion(accountId: string, RoleArn: string, principal: string): Question {
  return {
    action: "iam:PassRole",
    resources: [RoleArn],
    accountId,
    keys: (key) => (key === "iam:passedtoservice" ? [principal] : undefined),
  };
}
