/**
 * Flags of the Node that runs Hearth. By default V8 lets its space for new objects grow to 134 MB when there is load; 34 MB are as quick.
 * docker/server/Dockerfile has them too.
 */
export const NODE_FLAGS = ["--max-semi-space-size=16"];
