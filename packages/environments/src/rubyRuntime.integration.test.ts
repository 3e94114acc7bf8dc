import type { FunctionVersion } from "@hearth/model";
import { noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

// What is Ruby's own; what all languages have in common is in languages.integration.test.ts.

const IMAGES_MS = 15 * 60_000;
const RUBY = { Runtime: "ruby3.3", Handler: "app.handler", Timeout: 20 };

/** The files of an installed gem whose library defines a constant that names it. */
function gem(folder: string, name: string, more: readonly string[] = []): Record<string, string> {
  const constant = name.toUpperCase();
  const spec = [`s.name = "${name}"`, 's.version = "1.0"', 's.summary = "x"', 's.authors = ["x"]', ...more];
  return {
    [`${folder}/specifications/${name}-1.0.gemspec`]: `Gem::Specification.new do |s|\n${spec.join("\n")}\nend\n`,
    [`${folder}/gems/${name}-1.0/lib/${name}.rb`]: `${constant} = "the gem ${name}"\n`,
  };
}
const NATIVE = ['s.extensions = ["ext/extconf.rb"]'];

describe("Ruby functions", { ...skipReason(await noDocker()), timeout: 60_000 }, () => {
  let host: RealPools;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
    await host.driver.images.ensureRuntime(RUBY.Runtime, AbortSignal.timeout(IMAGES_MS));
  }, IMAGES_MS);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  const deploy = (
    code: string,
    wanted: TestFunction = {},
    more: Readonly<Record<string, string>> = {},
  ): FunctionVersion => host.deploy({ "app.rb": code, ...more }, { ...RUBY, ...wanted });
  const answer = async (code: string, wanted?: TestFunction, more?: Readonly<Record<string, string>>) =>
    (await host.call(deploy(code, wanted, more), { n: 7 })).body;

  test("handlers are top-level methods or methods of a nested class, in files of folders too", async () => {
    const nested = 'module Deep; class Functions; def self.run(event:, context:) = [name, event["n"]]; end; end';
    expect(await answer(nested, { Handler: "app.Deep::Functions.run" })).toEqual(["Deep::Functions", 7]);
    const folder = { "src/lib/other.rb": 'def run(event:, **) = [__FILE__, event["n"]]' };
    expect(await answer("", { Handler: "src/lib/other.run" }, folder)).toEqual(["/var/task/src/lib/other.rb", 7]);
    const library = { "socket.rb": "def run(event:, context:) = 'own'" };
    expect(await answer("", { Handler: "socket.run" }, library)).toBe("own");
  });

  test("gems are found in the code's bundle, in layers and among the image's own", async () => {
    const layer = host.unpack({ ...gem("ruby/gems/3.3.0", "layered"), "ruby/lib/plain.rb": "PLAIN = 1" });
    const bundle = "vendor/bundle/ruby/3.3.0";
    const files = {
      ...gem(bundle, "bundled"),
      ...gem(bundle, "native", NATIVE),
      // As Ruby on Amazon Linux calls the folder of compiled parts.
      [`${bundle}/extensions/x86_64-linux/3.3.0/native-1.0/gem.build_complete`]: "",
    };
    const code = `require "bundled"; require "layered"; require "native"; require "plain"; require "aws-sdk-s3"
def handler(event:, context:) = [BUNDLED, LAYERED, NATIVE, PLAIN, Aws::S3::Client.name, Gem.loaded_specs.key?("bundled")]`;
    expect(await answer(code, { layerDigests: [layer], MemorySize: 256 }, files)).toEqual([
      ...["the gem bundled", "the gem layered", "the gem native", 1, "Aws::S3::Client", true],
    ]);
  });

  test("a Gemfile with a bundle that was installed for AWS is set up by Bundler", async () => {
    const files = {
      Gemfile: 'source "https://rubygems.org"\ngem "bundled", "1.0"\n',
      "Gemfile.lock":
        "GEM\n  remote: https://rubygems.org/\n  specs:\n    bundled (1.0)\n\nPLATFORMS\n  x86_64-linux\n\nDEPENDENCIES\n  bundled (= 1.0)\n",
      ".bundle/config": '---\nBUNDLE_PATH: "vendor/bundle"\nBUNDLE_DEPLOYMENT: "true"\n',
      ...gem("vendor/bundle/ruby/3.3.0", "bundled"),
    };
    const code = 'require "bundler/setup"\nrequire "bundled"\ndef handler(event:, context:) = BUNDLED';
    expect(await answer(code, { MemorySize: 256 }, files)).toBe("the gem bundled");
  });

  test("a bundle of the version that the label names is found where another version serves it", async () => {
    const code = 'require "bundled"\ndef handler(event:, context:) = [RUBY_VERSION[0, 3], BUNDLED]';
    const files = gem("vendor/bundle/ruby/3.2.0", "bundled");
    expect(await answer(code, { Runtime: "ruby3.2" }, files)).toEqual([expect.any(String), "the gem bundled"]);
  });

  test("a gem whose compiled parts are of another version fails the init by name", async () => {
    const files = gem("vendor/bundle/ruby/3.3.0", "foreign", NATIVE);
    expect(await answer('require "foreign"\ndef handler(event:, context:) = 1', {}, files)).toMatchObject({
      errorType: "Init<LoadError>",
      errorMessage: "cannot load such file -- foreign",
    });
    expect(host.logs.text).toContain("Ignoring foreign-1.0 because its extensions are not built");
  });

  test("an IO is answered as it is, and the marshaller may be the function's own", async () => {
    expect(await answer(`def handler(event:, context:) = StringIO.new('{"raw":1}')`)).toEqual({ raw: 1 });
    const own = `module AwsLambda; class Marshaller; class << self
  def marshall_request(raw_request) = [raw_request["Lambda-Runtime-Aws-Request-Id"].size, raw_request.body]
  def marshall_response(response) = ["own:", *response].to_json
end; end; end
def handler(event:, context:) = event`;
    expect(await answer(own)).toEqual(["own:", 36, '{"n":7}']);
  });

  test("errors carry AWS's members, and frames of the function alone", async () => {
    const code = `def inner = raise(ArgumentError, "wröng\\nline")
def handler(event:, context:) = inner`;
    const { body } = await host.call(deploy(code), {}, { requestId: "rb-error" });
    expect(body).toEqual({
      errorMessage: "wröng\nline",
      errorType: "Function<ArgumentError>",
      stackTrace: ["/var/task/app.rb:1:in `inner'", "/var/task/app.rb:2:in `handler'"],
    });
    expect(host.logs.text).toContain('Error raised from handler method\n{\n  "errorMessage": "wröng\\nline",\n');
  });

  const critical: Record<string, [string, object]> = {
    "a missing method": ["nil.nothing", { errorType: "Function<NoMethodError>" }],
    "a missing name": ["nothing_of_that_name", { errorType: "Function<NameError>" }],
    "an exit": ["exit(4)", { errorType: "Function<SystemExit>", errorMessage: "exit" }],
    "a full stack": ["again = ->(n) { again.(n + 1) }; again.(0)", { errorType: "Function<SystemStackError>" }],
  };
  test.each(Object.entries(critical))("after %s the process ends, as on AWS", async (_, [statement, expected]) => {
    const version = deploy(`$count = 0
def handler(event:, context:)
  $count += 1
  ${statement} if event["fail"]
  $count
end`);
    expect((await host.call(version)).body).toBe(1);
    expect((await host.call(version, { fail: true })).body).toMatchObject(expected);
    expect((await host.call(version)).body).toBe(1);
  });

  test("what is no JSON is an error of the function, which goes on", async () => {
    const version = deploy('def handler(event:, context:) = event["n"] ? Float::NAN : "\\xff".b');
    for (const event of [{ n: 1 }, {}]) {
      const { body } = await host.call(version, event);
      expect(body).toMatchObject({ errorType: "Function<JSON::GeneratorError>" });
    }
  });

  test("a syntax error and an exit fail the init", async () => {
    expect(await answer("def handler(")).toMatchObject({
      errorType: "Init<SyntaxError>",
      errorMessage: expect.stringMatching(/app\.rb:\d+: syntax error/) as unknown,
    });
    expect(await answer("exit 3")).toMatchObject({ errorType: "Init<SystemExit>", errorMessage: "exit" });
  });

  test("RUBYOPT, RUBYLIB and TZ of the function are followed", async () => {
    const code = "def handler(event:, context:) = [$VERBOSE, $LOAD_PATH.first(2), Time.now.utc_offset]";
    const Variables = { RUBYOPT: "-W:no-deprecated -w", RUBYLIB: "/opt/own", TZ: "Asia/Tokyo" };
    expect(await answer(code, { Variables })).toEqual([true, ["/var/task", "/opt/own"], 32_400]);
  });

  test("several lines of puts and of an exception in a log are one event", async () => {
    const code = `require "logger"
def handler(event:, context:)
  puts "one\\ntwo", ["three"]
  $stderr.puts "to stderr"
  Logger.new($stderr, progname: "own").warn(RuntimeError.new("careful"))
  Logger.new("/tmp/file").info("unseen")
  print "unfinished"
end`;
    const version = deploy(code);
    await host.call(version, {}, { requestId: "rb-log" });
    await expect.poll(() => host.logs.lines.filter((line) => line.startsWith("END RequestId: rb-log"))).toHaveLength(1);
    const at = host.logs.lines.indexOf("START RequestId: rb-log Version: $LATEST");
    expect(host.logs.lines.slice(at + 1, at + 6)).toEqual([
      "one\ntwo\nthree",
      "to stderr",
      expect.stringMatching(/^W, \[.* #\d+\] {2}WARN rb-log -- own: careful \(RuntimeError\)/),
      "unfinished",
      "END RequestId: rb-log",
    ]);
  });
});
