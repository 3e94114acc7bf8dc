/**
 * Every runtime identifier that AWS knows. The driver decides which of them this machine can run.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
 */
export interface KnownRuntime {
  readonly family: "nodejs" | "python" | "ruby" | "java" | "dotnet" | "go" | "provided";
  /** AWS no longer creates or updates functions with it. */
  readonly isRetired?: true;
}

export const RUNTIMES: Readonly<Record<string, KnownRuntime>> = {
  "nodejs26.x": { family: "nodejs" },
  "nodejs24.x": { family: "nodejs" },
  "nodejs22.x": { family: "nodejs" },
  "nodejs20.x": { family: "nodejs" },
  "nodejs18.x": { family: "nodejs" },
  "nodejs16.x": { family: "nodejs", isRetired: true },
  "nodejs14.x": { family: "nodejs", isRetired: true },
  "nodejs12.x": { family: "nodejs", isRetired: true },
  "nodejs10.x": { family: "nodejs", isRetired: true },
  "nodejs8.10": { family: "nodejs", isRetired: true },
  "nodejs6.10": { family: "nodejs", isRetired: true },
  "nodejs4.3": { family: "nodejs", isRetired: true },
  "nodejs4.3-edge": { family: "nodejs", isRetired: true },
  nodejs: { family: "nodejs", isRetired: true },
  "python3.15": { family: "python" },
  "python3.14": { family: "python" },
  "python3.13": { family: "python" },
  "python3.12": { family: "python" },
  "python3.11": { family: "python" },
  "python3.10": { family: "python" },
  "python3.9": { family: "python" },
  "python3.8": { family: "python", isRetired: true },
  "python3.7": { family: "python", isRetired: true },
  "python3.6": { family: "python", isRetired: true },
  "python2.7": { family: "python", isRetired: true },
  "ruby4.0": { family: "ruby" },
  "ruby3.4": { family: "ruby" },
  "ruby3.3": { family: "ruby" },
  "ruby3.2": { family: "ruby" },
  "ruby2.7": { family: "ruby", isRetired: true },
  "ruby2.5": { family: "ruby", isRetired: true },
  java25: { family: "java" },
  java21: { family: "java" },
  "java17.al2023": { family: "java" },
  java17: { family: "java" },
  "java11.al2023": { family: "java" },
  java11: { family: "java" },
  "java8.al2023": { family: "java" },
  "java8.al2": { family: "java" },
  java8: { family: "java", isRetired: true },
  dotnet10: { family: "dotnet" },
  dotnet8: { family: "dotnet" },
  dotnet6: { family: "dotnet", isRetired: true },
  "dotnetcore3.1": { family: "dotnet", isRetired: true },
  "dotnetcore2.1": { family: "dotnet", isRetired: true },
  "dotnetcore2.0": { family: "dotnet", isRetired: true },
  "dotnetcore1.0": { family: "dotnet", isRetired: true },
  "go1.x": { family: "go", isRetired: true },
  "provided.al2023": { family: "provided" },
  "provided.al2": { family: "provided" },
  provided: { family: "provided", isRetired: true },
};

/** The order of AWS's messages, as recorded in January 2026: it has no rule. AWS changes it with time. */
const RECORDED_ORDER = [
  ...["nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x", "nodejs22.x", "java25"],
  ...["python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2", "python3.8", "python3.9", "java17"],
  ...["nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6", "nodejs18.x", "provided.al2", "java8.al2"],
];

const SUPPORTED = Object.entries(RUNTIMES)
  .filter(([, { isRetired }]) => !isRetired)
  .map(([runtime]) => runtime);

/** The runtimes with which AWS creates functions, in the order of its messages; newer ones last. */
export const SUPPORTED_RUNTIMES: readonly string[] = [
  ...RECORDED_ORDER.filter((runtime) => SUPPORTED.includes(runtime)),
  ...SUPPORTED.filter((runtime) => !RECORDED_ORDER.includes(runtime)),
];
