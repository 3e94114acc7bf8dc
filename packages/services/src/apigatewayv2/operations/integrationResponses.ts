import { RE2JS } from "re2js";
import { BadRequestException, ConflictException } from "../errors.ts";
import { type PartNoun, partOperations, type Settings } from "../partOperations.ts";
import { checkSelection } from "../selectionExpression.ts";
import * as words from "../words.ts";

const DEFAULT_KEY = "$default";
/** Per API. */
const QUOTA = 1_000;
const HEADER = /^(?:method|route)\.response\.header\.[A-Za-z0-9._$-]+$/;
const SOURCE =
  /^(?:integration\.response\.(?:header|multivalueheader|body)\..+|integration\.response\.body|context\..+|stageVariables\..+|'[^']*')$/s;

interface ResponseDocument extends Settings {
  readonly integrationId: string;
  readonly integrationResponseKey: string;
  readonly responseParameters?: Readonly<Record<string, string>>;
  readonly templateSelectionExpression?: string;
}

/** What routes of WebSocket APIs make of the answer of an integration that is no proxy. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-responses.html */
export const integrationResponse: PartNoun = {
  noun: "IntegrationResponse",
  kind: "integrationResponse",
  idMember: "integrationResponseId",
  path: "integrationresponses",
  members: words.integrationResponseMembers,
  required: ["integrationResponseKey"],
  quota: () => QUOTA,
  parent: { kind: "integration", idMember: "integrationId", noun: "Integration", path: "integrations" },
  complete: async (edit, given, integrationResponseId) => {
    if (edit.api.protocol !== "WEBSOCKET") {
      throw new BadRequestException("Integration responses are only supported for WEBSOCKET APIs");
    }
    const settings = given as ResponseDocument;
    const { integrationId, integrationResponseKey: key } = settings;
    checkKey(key);
    checkSelection(settings.templateSelectionExpression, "integrationResponse");
    checkMappings(settings.responseParameters);
    const twin = (await edit.all("integrationResponse")).find(
      ({ partId, settings: other }) =>
        partId !== integrationResponseId &&
        other["integrationId"] === integrationId &&
        other["integrationResponseKey"] === key,
    );
    if (twin) {
      throw new ConflictException(`Integration response with key ${key} already exists for the integration specified`);
    }
    return settings;
  },
};

/** A key is `$default`, or a pattern between slashes, such as `/2\d\d/`. */
function checkKey(key: string): void {
  if (key === DEFAULT_KEY) return;
  const [, pattern] = /^\/(.+)\/$/s.exec(key) ?? [];
  try {
    if (pattern !== undefined && RE2JS.compile(pattern)) return;
  } catch {
    // The answer is the same as for a key of another form.
  }
  throw new BadRequestException(
    `Invalid integration response key specified: ${key}. It must be ${DEFAULT_KEY} or a regular expression between slashes`,
  );
}

function checkMappings(parameters: Readonly<Record<string, string>> = {}): void {
  for (const [target, source] of Object.entries(parameters)) {
    if (HEADER.test(target) && SOURCE.test(source)) continue;
    throw new BadRequestException(`Invalid mapping expression specified: ${target}=${source}`);
  }
}

export const integrationResponseOperations = partOperations(integrationResponse);
