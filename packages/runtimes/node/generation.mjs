// AWS has two runtimes for Node.js: one up to nodejs22.x, and since nodejs24.x another, without callbacks. Which one a function gets is said by its
// runtime's name, not by the Node.js that serves it here. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
const SINCE = 24;

/** Whether the function's runtime is nodejs24.x or later. The environment must be in place. */
export function isModern() {
  return Number(/^AWS_Lambda_nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "")?.[1]) >= SINCE;
}
