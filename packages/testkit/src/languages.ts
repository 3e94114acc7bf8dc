import { dotnetFunction } from "./dotnetFunction.ts";
import { javaFunction } from "./javaFunction.ts";
import { filesOf } from "./languageFiles.ts";
import { zipOf } from "./zipOf.ts";

/** A language as the behaviour suite runs it: its function, and what is its own about the answers. */
export interface Language {
  readonly runtimes: readonly string[];
  readonly Handler: string;
  /** The function's code. */
  files(): Promise<Readonly<Record<string, string | Uint8Array>>>;
  /** The smallest memory that the function is given. */
  readonly MemorySize?: number;
  /** The document of the error that `fail` raises. */
  readonly failure: object;
  /** Handlers that fail the init, or the first invocation, with the document that is answered. */
  readonly brokenHandlers: Readonly<Record<string, object>>;
  /** What `exit` with a status is reported as. */
  readonly exit: { readonly status: number; readonly errorType: string; readonly errorMessage: RegExp };
  /** Files of a layer with a library that `library` loads, and the library's answer. */
  readonly layer: { files(): Promise<Readonly<Record<string, string | Uint8Array>>>; readonly answer: unknown };
  /** A number that the language reads and writes without loss. */
  readonly exactNumber: string;
  /** The lines that `log` writes in text and, parsed, in JSON. */
  readonly logText: readonly RegExp[];
  readonly logJson: readonly object[];
  /** Written in JSON as it is in text. */
  readonly plainLine: string;
}

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`;
const ID = "logged";

const node: Language = {
  runtimes: ["nodejs24.x"],
  Handler: "index.handler",
  files: () => Promise.resolve(filesOf("nodejs")),
  failure: { errorType: "TypeError", errorMessage: "as asked: ü" },
  brokenHandlers: {
    "absent.handler": { errorType: "Runtime.ImportModuleError", errorMessage: /^Error: Cannot find module 'absent'/ },
    "index.absent": {
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "index.absent is undefined or not exported",
    },
    "early.handler": { errorType: "RangeError", errorMessage: "too early" },
  },
  exit: { status: 3, errorType: "Runtime.ExitError", errorMessage: /Runtime exited with error: exit status 3$/ },
  layer: {
    files: () =>
      Promise.resolve({
        "nodejs/node_modules/fromlayer/index.js": 'module.exports = "from the layer";',
        "nodejs/node_modules/fromlayer/package.json": '{ "name": "fromlayer", "main": "index.js" }',
      }),
    answer: "from the layer",
  },
  exactNumber: "9007199254740991",
  logText: [
    new RegExp(`^${TIME}\t${ID}\tDEBUG\tat debug$`),
    new RegExp(`^${TIME}\t${ID}\tINFO\tat info$`),
    new RegExp(`^${TIME}\t${ID}\tERROR\tat error\nin two lines$`),
    /^plain ü$/,
  ],
  logJson: [
    { level: "INFO", message: "at info", requestId: ID },
    { level: "ERROR", message: "at error\nin two lines", requestId: ID },
  ],
  plainLine: "plain ü",
};

const python: Language = {
  runtimes: ["python3.13"],
  Handler: "app.handler",
  files: () => Promise.resolve(filesOf("python")),
  failure: { errorType: "LookupError", errorMessage: "as asked: ü" },
  brokenHandlers: {
    "absent.handler": {
      errorType: "Runtime.ImportModuleError",
      errorMessage: "Unable to import module 'absent': No module named 'absent'",
    },
    "app.absent": {
      errorType: "Runtime.HandlerNotFound",
      errorMessage: "Handler 'absent' missing on module 'app'",
    },
    "early.handler": { errorType: "ValueError", errorMessage: "too early" },
  },
  exit: { status: 3, errorType: "Runtime.ExitError", errorMessage: /Runtime exited with error: exit status 3$/ },
  layer: {
    files: () => Promise.resolve({ "python/fromlayer.py": 'NAME = "from the layer"\n' }),
    answer: "from the layer",
  },
  exactNumber: "123456789012345678901234567890",
  logText: [
    new RegExp(`^\\[DEBUG\\]\t${TIME}\t${ID}\tat debug$`),
    new RegExp(`^\\[INFO\\]\t${TIME}\t${ID}\tat info$`),
    new RegExp(`^\\[ERROR\\]\t${TIME}\t${ID}\tat error\nin two lines$`),
    /^plain ü$/,
  ],
  logJson: [
    { level: "INFO", message: "at info", requestId: ID },
    { level: "ERROR", message: "at error\nin two lines", requestId: ID },
  ],
  plainLine: "plain ü",
};

const rubyLine = (level: string, text: string): RegExp =>
  new RegExp(
    `^${level[0]}, \\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6} #\\d+\\] ${level.padStart(5)} ${ID} -- : ${text}$`,
  );

const ruby: Language = {
  runtimes: ["ruby3.3"],
  Handler: "app.handler",
  files: () => Promise.resolve(filesOf("ruby")),
  failure: { errorType: "Function<KeyError>", errorMessage: "as asked: ü" },
  brokenHandlers: {
    "absent.handler": { errorType: "Init<LoadError>", errorMessage: "cannot load such file -- absent" },
    "app.absent": {
      errorType: "Function<NoMethodError>",
      errorMessage: /undefined method `absent' for an instance of LambdaHandler/,
    },
    "early.handler": { errorType: "Init<RangeError>", errorMessage: "too early" },
    handler: {
      errorType: "Init<ArgumentError>",
      errorMessage: /^Invalid handler \["handler"\], must be of form FILENAME/,
    },
  },
  exit: { status: 3, errorType: "Runtime.ExitError", errorMessage: /Runtime exited with error: exit status 3$/ },
  layer: {
    files: () => Promise.resolve({ "ruby/lib/fromlayer.rb": 'FROM_LAYER = "from the layer"\n' }),
    answer: "from the layer",
  },
  exactNumber: "123456789012345678901234567890",
  logText: [
    rubyLine("DEBUG", "at debug"),
    rubyLine("INFO", "at info"),
    rubyLine("ERROR", "at error\nin two lines"),
    /^plain ü$/,
  ],
  logJson: [
    { level: "INFO", message: "at info", requestId: ID },
    { level: "ERROR", message: "at error\nin two lines", requestId: ID },
  ],
  plainLine: "plain ü",
};

const java: Language = {
  runtimes: ["java21"],
  Handler: "example.Functions",
  files: javaFunction,
  MemorySize: 256,
  failure: { errorType: "java.lang.IllegalStateException", errorMessage: "as asked: ü" },
  brokenHandlers: {
    "example.Absent": {
      errorType: "java.lang.ClassNotFoundException",
      errorMessage: "Class not found: example.Absent",
    },
    "example.Functions::absent": { errorMessage: /^No public method named absent with appropriate method signature/ },
    "example.Early::run": { errorType: "java.lang.IllegalArgumentException", errorMessage: /too early/ },
    "": { errorMessage: /^Invalid handler/ },
  },
  exit: { status: 3, errorType: "Runtime.ExitError", errorMessage: /Runtime exited with error: exit status 3$/ },
  layer: {
    files: async () => ({ "java/lib/fromlayer.jar": await zipOf({ "fromlayer.txt": "from the layer" }) }),
    answer: "from the layer",
  },
  exactNumber: "123456789012345678901234567890",
  logText: [/at debug$/, /at info$/, /at error\nin two lines$/, /^plain ü$/],
  logJson: [
    { level: "INFO", message: "at info", AWSRequestId: ID },
    { level: "ERROR", message: "at error\nin two lines", AWSRequestId: ID },
  ],
  plainLine: "plain ü",
};

const dotnet: Language = {
  runtimes: ["dotnet8"],
  Handler: "Functions::Example.Suite::Act",
  files: async () => (await dotnetFunction()).files,
  MemorySize: 256,
  failure: { errorType: "InvalidDataException", errorMessage: "as asked: ü" },
  brokenHandlers: {
    "Absent::Example.Suite::Act": {
      errorType: "LambdaValidationException",
      errorMessage: /^Could not find the specified handler assembly with the file name 'Absent, Culture=neutral/,
    },
    "Functions::Example.Absent::Act": {
      errorType: "LambdaValidationException",
      errorMessage: "Unable to load type 'Example.Absent' from assembly 'Functions'.",
    },
    "Functions::Example.Suite::Absent": {
      errorType: "LambdaValidationException",
      errorMessage:
        "Unable to find method 'Absent' in type 'Example.Suite' from assembly 'Functions': Found no methods matching method name 'Absent'.",
    },
    "Functions::Example.Early::Run": { errorType: "TargetInvocationException" },
    "Functions::Example": {
      errorType: "LambdaValidationException",
      errorMessage: /^Invalid lambda function handler: 'Functions::Example'\. The valid format is /,
    },
  },
  exit: { status: 3, errorType: "Runtime.ExitError", errorMessage: /Runtime exited with error: exit status 3$/ },
  // .NET has no folder of layers on its search path.
  layer: { files: async () => ({ "FromLayer.dll": (await dotnetFunction()).library }), answer: "from the layer" },
  exactNumber: "123456789012345678901234567890.5",
  logText: [
    new RegExp(`^${TIME}\t${ID}\tinfo\tat info$`),
    new RegExp(`^${TIME}\t${ID}\tfail\tat error\nin two lines$`),
    /^plain ü$/,
  ],
  logJson: [
    { level: "Information", message: "at info", requestId: ID },
    { level: "Error", message: "at error\nin two lines", requestId: ID },
  ],
  plainLine: "plain ü",
};

/** Every language with the labels that the suite runs. */
export const LANGUAGES: readonly Language[] = [node, python, ruby, java, dotnet];
