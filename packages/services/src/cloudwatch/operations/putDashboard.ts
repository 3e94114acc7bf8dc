import { structure, text, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { CloudWatchDeps } from "../deps.ts";
import { DashboardInvalidInputError, InvalidParameterValueException, LimitExceededFault } from "../errors.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

const NAME = /^[A-Za-z0-9_-]{1,255}$/;
const MAX_DASHBOARDS = 5_000;
const MAX_BODY = 1024 * 1024;

/** Dashboards are stored and shown as they are: nothing draws them. */
export const putDashboard = operation({
  name: "PutDashboard",
  input: structure({ DashboardName: text(), DashboardBody: text(), Tags: words.TagList.optional() }),
  output: structure({
    DashboardValidationMessages: z.array(structure({ DataPath: z.string(), Message: z.string() })),
  }),
  errors: [DashboardInvalidInputError, InvalidParameterValueException, LimitExceededFault, ThrottlingException],
  async handle(input, context, deps: Pick<CloudWatchDeps, "dashboards" | "disk">) {
    const { DashboardName, DashboardBody, Tags = [] } = input;
    if (!NAME.test(DashboardName)) {
      throw new DashboardInvalidInputError(
        `The value ${DashboardName} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).`,
      );
    }
    if (DashboardBody.length > MAX_BODY) {
      throw new DashboardInvalidInputError(`The field DashboardBody must not be longer than ${MAX_BODY} characters`);
    }
    if (!isJsonObject(DashboardBody)) {
      throw new DashboardInvalidInputError("The field DashboardBody must be a valid JSON object");
    }
    refuseWhenDiskIsShort(deps);
    const tags = withTags({}, Tags);
    if (!(await deps.dashboards.put(context, { DashboardName, DashboardBody, tags }, MAX_DASHBOARDS))) {
      throw new LimitExceededFault(`An account can have no more than ${MAX_DASHBOARDS} dashboards.`);
    }
    return { DashboardValidationMessages: [] };
  },
});

function isJsonObject(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
