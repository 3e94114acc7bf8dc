export * from "./authenticate.ts";
export * from "./operation.ts";
