import { ValidationException } from "@hearth/model";
import { parseBusArn, parseRuleArn } from "@hearth/buses";
import type { EventTags } from "@hearth/store";
import type { EventBridgeDeps } from "./deps.ts";
import { busNotFound, ResourceNotFoundException, ruleNotFound } from "./errors.ts";
import { findBus } from "./findBus.ts";

const MAX_TAGS = 50;

type Tag = { readonly Key: string; readonly Value: string };

export function tagsOfList(list: readonly Tag[] | undefined): EventTags {
  return checked(Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, Value])));
}

export function tagList(tags: EventTags): readonly Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function withTags(tags: EventTags, list: readonly Tag[]): EventTags {
  return checked({ ...tags, ...tagsOfList(list) });
}

export function withoutTags(tags: EventTags, keys: readonly string[]): EventTags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
}

function checked(tags: EventTags): EventTags {
  if (Object.keys(tags).length > MAX_TAGS) throw new ValidationException(`A resource has at most ${MAX_TAGS} tags.`);
  return tags;
}

/** Reads the tags of a bus or rule, and changes them by `change`. Rejects with ResourceNotFoundException. */
export async function changeTags(
  deps: Pick<EventBridgeDeps, "buses" | "rules" | "directory">,
  arn: string,
  change?: (tags: EventTags) => EventTags,
): Promise<EventTags> {
  const rule = parseRuleArn(arn);
  if (rule) {
    const found = change
      ? await deps.rules.change(rule, ({ tags }) => ({ tags: change(tags) }))
      : await deps.rules.find(rule);
    if (!found) throw ruleNotFound(rule);
    return found.tags;
  }
  const bus = parseBusArn(arn);
  if (!bus) throw new ResourceNotFoundException(`Resource ${arn} does not exist.`);
  const present = await findBus(deps, bus, bus.bus);
  if (!change) return present.tags;
  const changed = await deps.buses.change(bus, ({ tags }) => ({ tags: change(tags) }));
  deps.directory.forget(bus);
  if (!changed) throw busNotFound(bus.bus);
  return changed.tags;
}
