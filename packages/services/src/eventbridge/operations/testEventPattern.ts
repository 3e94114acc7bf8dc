import { bool, structure, text, ValidationException } from "@hearth/model";
import { compileEventPattern } from "@hearth/patterns";
import { operation } from "@hearth/wire";
import { checkPattern } from "../checkPattern.ts";
import { InvalidEventPatternException } from "../errors.ts";
import * as words from "../words.ts";

/** What TestEventPattern wants of an event. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html */
const REQUIRED = ["id", "account", "source", "time", "region", "resources", "detail-type"];

export const testEventPattern = operation({
  name: "TestEventPattern",
  input: structure({ EventPattern: words.EventPattern, Event: text({ anyCharacter: true }) }),
  output: structure({ Result: bool() }),
  errors: [InvalidEventPatternException],
  async handle({ EventPattern, Event }) {
    checkPattern(EventPattern);
    return { Result: compileEventPattern(EventPattern).matches(parse(Event)) };
  },
});

function parse(text: string): unknown {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw new ValidationException("Parameter Event is not valid. Reason: it is not JSON.");
  }
  if (typeof event !== "object" || event === null || Array.isArray(event))
    throw new ValidationException("Parameter Event is not valid. Reason: it is not a JSON object.");
  const missing = REQUIRED.find((name) => !Object.hasOwn(event, name));
  if (missing !== undefined)
    throw new ValidationException(`Parameter Event is not valid. Reason: ${missing} is a required argument.`);
  return event;
}
