import { SystemClock } from "@hearth/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadBody } from "./inputTool.ts";
import type { TemplateInput } from "./renderTemplate.ts";
import { TemplateFailed, TemplateThreads } from "./templateThreads.ts";

let threads: TemplateThreads;
beforeAll(() => {
  threads = new TemplateThreads(new SystemClock(), { size: 1, timeoutMs: 10_000 });
});
afterAll(async () => await threads[Symbol.asyncDispose]());

const input = (template: string, more: Partial<TemplateInput> = {}): TemplateInput => ({
  template,
  body: '{"pet":{"name":"Rex","tags":["a","b"]},"count":3,"big":12345678901234567890}',
  params: {
    path: { id: "7" },
    querystring: { q: "a b", id: "other" },
    header: { "X-Own": "yes" },
  },
  context: { requestId: "r-1", identity: { sourceIp: "192.0.2.1" } },
  stageVariables: { colour: "red" },
  ...more,
});
const render = async (template: string, more?: Partial<TemplateInput>): Promise<string> =>
  (await threads.call("1", "renderTemplate", input(template, more))).text;

/** A check that takes minutes. */
const ENDLESS = {
  body: JSON.stringify(Array.from({ length: 20_000 }, () => 299)),
  model: "m",
  models: {
    m: JSON.stringify({
      allOf: Array.from({ length: 3_000 }, () => ({ items: { enum: Array.from({ length: 300 }, (_, at) => at) } })),
    }),
  },
};

describe("what templates can use", () => {
  test.each([
    ["$input.body", '{"pet":{"name":"Rex","tags":["a","b"]},"count":3,"big":12345678901234567890}'],
    ["$input.json('$')", '{"pet":{"name":"Rex","tags":["a","b"]},"count":3,"big":12345678901234567890}'],
    ["$input.json('$.pet')", '{"name":"Rex","tags":["a","b"]}'],
    ["$input.json('$.none')", '""'],
    ["$input.path('$.pet.name') $input.path('$.pet.tags[1]') $input.path('$.pet.tags[-1]')", "Rex b b"],
    ["$input.path('$.pet')", '{name=Rex, tags=["a","b"]}'],
    [
      "$input.json('$.pet.tags[*]') $input.json('$..name') $input.json(\"$['pet']['name']\")",
      '["a","b"] ["Rex"] "Rex"',
    ],
    ["$input.params('id') $input.params('q') $input.params('x-own') [$input.params('none')]", "7 a b yes []"],
    ["$input.params().path.id $input.params().get('querystring').get('q')", "7 a b"],
    [
      "#foreach($k in $input.params().querystring.keySet())$k=$input.params().querystring.get($k);#end",
      "q=a b;id=other;",
    ],
    ["$context.requestId $context.identity.sourceIp $context.none", "r-1 192.0.2.1 $context.none"],
    ["$stageVariables.colour $!stageVariables.none", "red "],
    ["$util.escapeJavaScript(\"it's\")|$util.escapeJavaScript('\"a/\n\u00e9')", "it\\'s|\\\"a\\/\\n\\u00E9"],
    [
      "$util.base64Encode('a') $util.base64Decode('YQ==') $util.urlEncode('a b&c') $util.urlDecode('a+b%26')",
      "YQ== a a+b%26c a b&",
    ],
    ['$util.parseJson(\'{"a":{"b":1}}\').a.b', "1"],
    ["#set($x = $input.path('$'))#foreach($t in $x.pet.tags)\"$t\"#if($foreach.hasNext),#end#end", '"a","b"'],
    ["#if($input.path('$.count') == 3 && !$none)yes#{else}no#end", "yes"],
    ["#if('3' == 3)a#end#if('')b#end#if(7 / 2 == 3)c#end#if($null)d#end", "abc"],
    ["#macro(show $a)<$a>#end#show('x')#define($d)y#end$d", "<x>y"],
    ["#set($m = {'a': 1})$!m.put('b', [1..3])$m.b.size() $m", "3 {a=1, b=[1, 2, 3]}"],
    ["#set($s = 'a-b')$s.replaceAll('[ab]', 'x') $s.split('-').get(1) $s.substring(0, 1).toUpperCase()", "x-x b A"],
    ["#foreach($i in [1..5])#if($i == 3)#break#end$i#end.", "12."],
    ["#set($Integer = 0)$Integer.parseInt('41') ## comment", "41 "],
  ])("%s", async (template, expected) => expect(await render(template)).toBe(expected));

  test("overrides of the request and the response come back", async () => {
    const template = `#set($context.requestOverride.header.x = "$input.params('id')")#set($context.responseOverride.status = 418)`;
    const rendered = await threads.call("1", "renderTemplate", input(template));
    expect(rendered).toMatchObject({ text: "", request: { header: { x: "7" } }, response: { status: 418 } });
  });

  test("a body that is no JSON fails only where it is read as JSON", async () => {
    await expect(render("$input.json('$')", { body: "text" })).rejects.toBeInstanceOf(BadBody);
    expect(await render("$input.body", { body: "text" })).toBe("text");
  });
});

describe("hostile templates", () => {
  test.each([
    "#set($x = 'a'.constructor)$x",
    "$input.constructor $util.constructor.constructor('return process')()",
    "$input.body.constructor.constructor('return process')()",
    "#set($e = $input.path('$').getClass().forName('java.lang.Runtime'))$e",
    "$input.path('$').__proto__ $input.path('$')['__proto__'] $input.path('$').toString.constructor",
    "#set($x = {})#set($x.__proto__.polluted = 'yes')#set($x['constructor']['prototype']['polluted'] = 'yes')",
    "#foreach($c in $input.path('$').constructor)$c#end $input.eval('1') #evaluate('$x.constructor')",
    "$input.path('$.__proto__') $input.path('$.constructor') $input.params('constructor') $input.params('__proto__')",
  ])("reach nothing of JavaScript: %s", async (template) => {
    expect(await render(template).catch(() => "")).not.toMatch(/native code|\[object|process\b.*version/);
    expect(await render("$!input.path('$').polluted")).toBe("");
  });

  test.each([
    "#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end",
    "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..40])#set($s = \"$s$s\")#end$s.length()",
    "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..40])#set($s = $s + $s)#end$s.length()",
    "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..40])#set($s = $s.replaceAll('x', 'xxxx'))#end$s.length()",
    "#set($s = 'xxxxxxxxxxxxxxxx')#foreach($i in [1..40])#set($s = $s.replace('x', 'xxxx'))#end$s.length()",
    "#set($r = [1..999999999])$r.size()",
    "#macro(again)#again()#end#again()",
    "#set($l = [1])#foreach($i in [1..40])$!l.addAll($l)#end$l.size()",
    "#set($l = [1])#foreach($i in [1..40])#set($l = [$l, $l])#end$l",
    "#set($m = {})#foreach($i in [1..40])#set($n = {})$!n.put('a', $m)$!n.put('b', $m)#set($m = $n)#end$m",
    "#set($m = {})$!m.put('m', $m)$util.escapeJavaScript($m)#set($l = [1])$!l.add($l)$l.toString()",
    "#set($p = '(a+)+$')#foreach($i in [1..1000])$input.body.matches(\"$p$p$p$p$p\")#end#foreach($i in [1..1000])$input.json('$..*..*..*..*')#end",
    "#evaluate(\"#evaluate('#evaluate($input.body)')\")$input.json('$[?(@.a == 1)]')",
    "#if(",
  ])("end with an error, and the next one is rendered: %s", async (template) => {
    const outcome = await render(template).catch((error: unknown) => error);
    if (typeof outcome === "string") expect(outcome.length).toBeLessThan(10_000_000);
    else expect(outcome).toBeInstanceOf(TemplateFailed);
    expect(await render("ok")).toBe("ok");
  });

  const million = `[[${"0,".repeat(499_998)}0]]`;
  test.each([
    "#set($l = $input.path('$[0]'))#set($k = [])#foreach($i in [1..1000])$!k.add($l.subList(0, 499000))#end",
    '#set($s = \'0\')#foreach($i in [1..17])#set($s = "$s,$s")#end$input.json("$[$s][$s][$s]")',
    '#set($s = \'0\')#foreach($i in [1..10])#set($s = "$s,$s")#end$input.json("$[$s][$s][$s]")',
  ])("lists are counted before they are made: %s", async (template) => {
    await expect(render(template, { body: million })).rejects.toThrow(/too many steps|path is too long/);
  });

  test("accounts take turns: no call waits for all the calls of another account", async () => {
    await using few = new TemplateThreads(new SystemClock(), { size: 1 });
    const order: string[] = [];
    const call = async (accountId: string): Promise<void> => {
      await few.call(accountId, "renderTemplate", input("ok"));
      order.push(accountId);
    };
    await Promise.all([...["a", "a", "a", "b", "b", "b", "c"].map(call)]);
    expect(order.indexOf("c")).toBeLessThanOrEqual(3);
  });

  test("a thread that is kept busy is ended and replaced", async () => {
    await using busy = new TemplateThreads(new SystemClock(), { size: 1, timeoutMs: 200 });
    const slow = busy.call("1", "validateBody", ENDLESS);
    await expect(slow).rejects.toThrow("longer than");
    expect((await busy.call("1", "renderTemplate", input("ok"))).text).toBe("ok");
  });

  test.each(["[],", "{},", '{"a":1},'])("a body of 10 MB of %s is refused before it is read", async (part) => {
    const body = `[${part.repeat(Math.floor(9_999_990 / part.length))}1]`;
    await expect(render("$input.path('$[0]')", { body })).rejects.toThrow("too many values");
    const check = threads.call("1", "validateBody", { body, model: "m", models: { m: "{}" } });
    await expect(check).rejects.toThrow("too many values");
  });

  test("the largest body that is read fits into memory, as often as it is read", { timeout: 60_000 }, async () => {
    // Each object has a shape of its own, which is what needs most memory.
    const body = `[${Array.from({ length: 250_000 }, (_, at) => `{"name${at}":1}`).join(",")}]`;
    for (let at = 0; at < 2; at++) expect(await render("$input.path('$[1].name1')", { body })).toBe("1");
  });
});

describe("bodies and models", () => {
  const models = {
    Pet: JSON.stringify({
      $schema: "http://json-schema.org/draft-04/schema#",
      type: "object",
      required: ["name"],
      properties: {
        name: { type: "string", pattern: "^[a-z]+$" },
        age: { type: "integer", minimum: 0, exclusiveMinimum: true },
        owner: { $ref: "https://apigateway.amazonaws.com/restapis/abc/models/Owner" },
        kind: { $ref: "#/definitions/kind" },
      },
      definitions: { kind: { enum: ["cat", "dog"] } },
    }),
    Owner: JSON.stringify({ type: "object", required: ["id"] }),
    Slow: JSON.stringify({ type: "string", pattern: "^(a+)+$" }),
  };
  const check = async (body: string, model = "Pet") => await threads.call("1", "validateBody", { body, model, models });

  test.each([
    ['{"name":"rex"}', true],
    ['{"name":"rex","age":1,"owner":{"id":1},"kind":"cat"}', true],
    ['{"name":"Rex"}', false],
    ['{"name":"rex","age":0}', false],
    ['{"name":"rex","owner":{}}', false],
    ['{"name":"rex","kind":"cow"}', false],
    ["{}", false],
    ["no JSON", false],
  ])("%s: %s", async (body, isGood) => expect((await check(body)) === undefined).toBe(isGood));

  test("patterns run in linear time", async () => {
    expect(await check(JSON.stringify(`${"a".repeat(50_000)}!`), "Slow")).toBeDefined();
  });
});

test("an account that keeps the threads busy does not keep others waiting", async () => {
  await using shared = new TemplateThreads(new SystemClock(), { size: 2, timeoutMs: 600_000 });
  const busy = Array.from({ length: 3 }, () => shared.call("1", "validateBody", ENDLESS));
  const ended = Promise.allSettled(busy);
  expect((await shared.call("2", "renderTemplate", input("ok"))).text).toBe("ok");
  await shared[Symbol.asyncDispose]();
  expect((await ended).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
});
