import { InvalidParameterValueException } from "@hearth/model";
import { expect, test } from "vitest";
import { checkFileSystems } from "./checkFileSystems.ts";

const Arn = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0";
const fileSystems = new Set([Arn]);
const check = (accountId: string, LocalMountPath = "/mnt/data") =>
  checkFileSystems(accountId, { FileSystemConfigs: [{ Arn, LocalMountPath }] }, { fileSystems });

test("an access point is for functions of the account that its ARN names", () => {
  check("000000000000");
  expect(() => check("111111111111")).toThrow(InvalidParameterValueException);
});

test("an access point that is not in the configuration, and a mount path without a name, are refused", () => {
  expect(() => check("000000000000", "/mnt/..")).toThrow(InvalidParameterValueException);
  const none = { fileSystems: new Set<string>() };
  expect(() =>
    checkFileSystems("000000000000", { FileSystemConfigs: [{ Arn, LocalMountPath: "/mnt/a" }] }, none),
  ).toThrow(InvalidParameterValueException);
});
