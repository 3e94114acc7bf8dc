import * as logsSdk from "@aws-sdk/client-cloudwatch-logs";
import * as iamSdk from "@aws-sdk/client-iam";
import * as stsSdk from "@aws-sdk/client-sts";
import type { House, ServiceRoom } from "@hearth/access";
import { expect, test } from "vitest";
import { iam } from "./iam/service.ts";
import { logs } from "./logs/service.ts";
import { sts } from "./sts/service.ts";

const services: readonly (readonly [ServiceRoom, object])[] = [
  [iam, iamSdk],
  [sts, stsSdk],
  [logs, logsSdk],
];

test.for(services)("every operation of the SDK is built, or listed as not built, once", ([room, sdk]) => {
  const commands = Object.keys(sdk).filter((name) => /^[A-Z]\w+Command$/.test(name));
  const ours = [...room.open({} as House), ...room.notBuilt].map(({ name }) => `${name}Command`);
  expect(ours.toSorted()).toEqual(commands.toSorted());
});
