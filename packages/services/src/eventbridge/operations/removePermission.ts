import { bool, structure, text, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { busNotFound, ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import * as words from "../words.ts";

export const removePermission = operation({
  name: "RemovePermission",
  input: structure({
    StatementId: text({ min: 1, max: 64, pattern: "[a-zA-Z0-9-_]+" }).optional(),
    RemoveAllPermissions: bool().optional(),
    EventBusName: words.NonPartnerEventBusName.optional(),
  }),
  errors: [ResourceNotFoundException],
  async handle(input, context, deps: Pick<EventBridgeDeps, "buses" | "directory">) {
    const { StatementId, RemoveAllPermissions } = input;
    const bus = await findBus(deps, context, input.EventBusName);
    if (StatementId === undefined && !RemoveAllPermissions)
      throw new ValidationException("Parameter(s) StatementId must be specified.");
    const changed = await deps.buses.change(bus, ({ policy }) => {
      if (RemoveAllPermissions) return { policy: null };
      if (!policy) throw new ResourceNotFoundException("EventBus does not have a policy.");
      const Statement = policy.Statement.filter(({ Sid }) => Sid !== StatementId);
      if (Statement.length === policy.Statement.length)
        throw new ResourceNotFoundException("Statement with the provided id does not exist.");
      return { policy: Statement.length === 0 ? null : { ...policy, Statement } };
    });
    deps.directory.forget(bus);
    if (!changed) throw busNotFound(bus.bus);
    return undefined;
  },
});
