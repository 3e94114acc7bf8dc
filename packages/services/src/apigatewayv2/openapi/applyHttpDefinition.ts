import type { ApiPartKind } from "@hearth/store";
import { z } from "zod";
import type { Edit } from "../editing.ts";
import { BadRequestException } from "../errors.ts";
import { authorizer } from "../operations/authorizers.ts";
import { integration } from "../operations/integrations.ts";
import { route } from "../operations/routes.ts";
import { createPart, type PartNoun, type Settings } from "../partOperations.ts";
import type { HttpDefinition } from "./readHttpDefinition.ts";

const KINDS: readonly ApiPartKind[] = ["route", "integration", "authorizer"];

/** Makes the parts that a definition names; the API's own of these kinds are removed before. */
export async function applyHttpDefinition(edit: Edit, definition: HttpDefinition): Promise<void> {
  for (const kind of KINDS) {
    for (const { partId } of await edit.all(kind)) await edit.delete(kind, partId);
  }
  const { limits } = edit.deps;
  if (definition.routes.length > limits.routes) {
    throw new BadRequestException(`The API can have ${limits.routes} routes, which is its limit.`);
  }
  const authorizers = await createAll(edit, authorizer, definition.authorizers);
  const integrations = await createAll(edit, integration, definition.integrations);
  for (const { routeKey, settings, ...refers } of definition.routes) {
    const authorizerId = refers.authorizer && authorizers.get(refers.authorizer);
    const integrationId = refers.integration && integrations.get(refers.integration);
    await createPart(edit, route, {
      ...checked(route, { ...settings, routeKey }),
      ...(authorizerId && { authorizerId }),
      ...(integrationId && { target: `integrations/${integrationId}` }),
    });
  }
}

/** Ids by the names in the definition. */
async function createAll(
  edit: Edit,
  noun: PartNoun,
  parts: ReadonlyMap<string, Settings>,
): Promise<ReadonlyMap<string, string>> {
  if (parts.size > noun.quota(edit.deps)) {
    throw new BadRequestException(`The definition has too many parts of the kind ${noun.noun}.`);
  }
  const ids = new Map<string, string>();
  for (const [name, settings] of parts) {
    const made = await createPart(edit, noun, checked(noun, settings));
    ids.set(name, String(made[noun.idMember]));
  }
  return ids;
}

/** Members of a definition have the same shapes as those of requests. */
function checked({ noun, members, required }: PartNoun, settings: Settings): Settings {
  const read = z.object(members).strict().safeParse(settings);
  const missing = required.find((member) => settings[member] === undefined);
  if (read.success && missing === undefined) return read.data as Settings;
  const [issue] = read.success ? [] : read.error.issues;
  const where = issue ? `${issue.path.join(".")}: ${issue.message}` : `${missing} is missing`;
  throw new BadRequestException(`Invalid ${noun} in the definition: ${where}`);
}
