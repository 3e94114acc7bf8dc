import { expect, test } from "vitest";
import { aboutMessage } from "./aboutMessage.ts";
import { messageTo } from "./outside/testing/outsideParts.ts";

test.each([
  ["https://ann:secret@hooks.example.org:8443/services/T0/token?key=1", "https://hooks.example.org:8443/…"],
  ["arn:aws:sqs:us-east-1:111111111111:q", "arn:aws:sqs:us-east-1:111111111111:q"],
  ["mailto:ann@example.org", "mailto:ann@example.org"],
])("logs name the target %s without what it may keep secret", (target, logged) => {
  expect(aboutMessage(messageTo(target))).toMatchObject({ TargetArn: logged });
});
