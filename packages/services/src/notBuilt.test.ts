import * as logsSdk from "@aws-sdk/client-cloudwatch-logs";
import * as iamSdk from "@aws-sdk/client-iam";
import * as stsSdk from "@aws-sdk/client-sts";
import type { Service } from "@hearth/wire";
import { expect, test } from "vitest";
import type { IamDeps } from "./iam/deps.ts";
import { iamService } from "./iam/service.ts";
import type { LogsDeps } from "./logs/deps.ts";
import { logsService } from "./logs/service.ts";
import type { StsDeps } from "./sts/deps.ts";
import { stsService } from "./sts/service.ts";

const services: readonly (readonly [Service, object])[] = [
  [iamService({} as IamDeps), iamSdk],
  [stsService({} as StsDeps), stsSdk],
  [logsService({} as LogsDeps), logsSdk],
];

test.for(services)("every operation of the SDK is built, or listed as not built, once", ([service, sdk]) => {
  const commands = Object.keys(sdk).filter((name) => /^[A-Z]\w+Command$/.test(name));
  const ours = [...service.operations, ...service.notBuilt].map(({ name }) => `${name}Command`);
  expect(ours.toSorted()).toEqual(commands.toSorted());
});
