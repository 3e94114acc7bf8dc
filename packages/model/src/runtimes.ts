/**
 * Every runtime identifier that AWS knows. The driver decides which of them this machine can run.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export interface KnownRuntime {
  readonly family: "nodejs" | "python" | "ruby" | "java" | "dotnet" | "go" | "provided";
  /** What AWS recommends instead. Set for runtimes with which AWS no longer creates or updates functions. */
  readonly replacedBy?: string;
}

export const RUNTIMES: Readonly<Record<string, KnownRuntime>> = {
  "nodejs26.x": { family: "nodejs" },
  "nodejs24.x": { family: "nodejs" },
  "nodejs22.x": { family: "nodejs" },
  "nodejs20.x": { family: "nodejs" },
  "nodejs18.x": { family: "nodejs" },
  "nodejs16.x": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs14.x": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs12.x": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs10.x": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs8.10": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs6.10": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs4.3": { family: "nodejs", replacedBy: "nodejs22.x" },
  "nodejs4.3-edge": { family: "nodejs", replacedBy: "nodejs22.x" },
  nodejs: { family: "nodejs", replacedBy: "nodejs22.x" },
  "python3.15": { family: "python" },
  "python3.14": { family: "python" },
  "python3.13": { family: "python" },
  "python3.12": { family: "python" },
  "python3.11": { family: "python" },
  "python3.10": { family: "python" },
  "python3.9": { family: "python" },
  "python3.8": { family: "python", replacedBy: "python3.13" },
  "python3.7": { family: "python", replacedBy: "python3.13" },
  "python3.6": { family: "python", replacedBy: "python3.13" },
  "python2.7": { family: "python", replacedBy: "python3.13" },
  "ruby4.0": { family: "ruby" },
  "ruby3.4": { family: "ruby" },
  "ruby3.3": { family: "ruby" },
  "ruby3.2": { family: "ruby" },
  "ruby2.7": { family: "ruby", replacedBy: "ruby3.4" },
  "ruby2.5": { family: "ruby", replacedBy: "ruby3.4" },
  java25: { family: "java" },
  java21: { family: "java" },
  "java17.al2023": { family: "java" },
  java17: { family: "java" },
  "java11.al2023": { family: "java" },
  java11: { family: "java" },
  "java8.al2023": { family: "java" },
  "java8.al2": { family: "java" },
  java8: { family: "java", replacedBy: "java21" },
  dotnet10: { family: "dotnet" },
  dotnet8: { family: "dotnet" },
  dotnet6: { family: "dotnet", replacedBy: "dotnet8" },
  "dotnetcore3.1": { family: "dotnet", replacedBy: "dotnet8" },
  "dotnetcore2.1": { family: "dotnet", replacedBy: "dotnet8" },
  "dotnetcore2.0": { family: "dotnet", replacedBy: "dotnet8" },
  "dotnetcore1.0": { family: "dotnet", replacedBy: "dotnet8" },
  "go1.x": { family: "go", replacedBy: "provided.al2023" },
  "provided.al2023": { family: "provided" },
  "provided.al2": { family: "provided" },
  provided: { family: "provided", replacedBy: "provided.al2023" },
};

/** The runtimes with which AWS creates functions, in the order of its messages. */
export const SUPPORTED_RUNTIMES: readonly string[] = Object.entries(RUNTIMES)
  .filter(([, { replacedBy }]) => replacedBy === undefined)
  .map(([runtime]) => runtime);
