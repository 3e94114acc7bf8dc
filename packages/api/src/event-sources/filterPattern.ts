import { compileEventPattern } from "@hearth/patterns";

/** Whether `text` is a valid filter pattern: the language of EventBridge's patterns. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export function isFilterPattern(text: string): boolean {
  try {
    compileEventPattern(text);
    return true;
  } catch {
    return false; // AWS's message for mappings has no reason
  }
}
