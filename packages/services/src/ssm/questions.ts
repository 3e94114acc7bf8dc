import { type Question, type Questions, textOf } from "@hearth/access";
import { parameterArn, parameterKey, selectedParameter } from "./parameterName.ts";

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html */
export const questions: Questions = ({ operation, input, accountId, region }) => {
  const action = `ssm:${operation}`;
  const where = { accountId, region };
  const about = (name: string): Question => ({
    action,
    resources: [parameterArn(selectedParameter(where, name).key)],
    accountId,
  });
  const Names = input["Names"];
  if (Array.isArray(Names)) return (Names as readonly string[]).map(about);
  const Name = textOf(input, "Name") ?? textOf(input, "ResourceId");
  if (Name !== undefined) return [about(Name)];
  const Path = textOf(input, "Path");
  if (Path !== undefined) {
    const trimmed = Path.length > 1 ? Path.replace(/\/$/, "") : Path;
    const plain = parameterArn(parameterKey(where, trimmed));
    return [{ action, resources: [plain, `${plain}/`, `${plain}/*`], accountId }];
  }
  return [{ action, resources: ["*"], accountId }];
};
