import { renderTemplate } from "./renderTemplate.ts";
import { validateBody } from "./validateBody.ts";

/** What the threads can be asked to do with what tenants have written. */
export const templateCalls = { renderTemplate, validateBody };

export type TemplateCalls = typeof templateCalls;
