import { EventBridgeClient, ListEventBusesCommand, ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { noTerraform, sampleFunctions, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { orderReachesResults } from "../support/eventsStory.ts";
import { TerraformProject } from "../support/terraformProject.ts";

test(
  "terraform makes, changes and destroys buses, rules, targets, archives and API destinations without drift, and an event runs the function",
  skipReason(noTerraform()),
  async () => {
    await using stack = new AsyncDisposableStack();
    const { clientConfig: config } = stack.use(await startHearth());
    const archives = { "function.zip": await zipOf(sampleFunctions.nodeEcho) };
    const project = stack.use(await TerraformProject.open(config, ["events.tf"], archives));
    await project.apply(false);
    const results = await project.output<string>("results");
    const first = await orderReachesResults(config, results, { small: 5, a: 50 });
    expect(first).toEqual({ order: "a", value: 50, rule: "placed" });
    await project.apply(true);
    const second = await orderReachesResults(config, results, { b: 50, c: 500 });
    expect(second).toEqual({ order: "c", value: 500, rule: "placed" });
    await project.destroy();

    const events = stack.adopt(new EventBridgeClient(config), (it) => it.destroy());
    const { EventBuses = [] } = await events.send(new ListEventBusesCommand({}));
    expect(EventBuses.map(({ Name }) => Name)).toEqual(["default"]);
    expect((await events.send(new ListRulesCommand({}))).Rules).toEqual([]);
  },
);
