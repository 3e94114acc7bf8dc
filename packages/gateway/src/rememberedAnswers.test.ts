import { expect, test } from "vitest";
import { RememberedAnswers } from "./rememberedAnswers.ts";

const remember = (answers: RememberedAnswers<number>, accountId: string, key: number, document: string): void =>
  answers.remember(accountId, String(key), { value: key, untilMs: 1_000, document });
const count = (answers: RememberedAnswers<number>, accountId: string, of: number): number =>
  Array.from({ length: of }, (_, key) => answers.find(accountId, String(key), 0)).filter((one) => one !== undefined)
    .length;

test("an answer is remembered until its time, and replaced by a newer one", () => {
  const answers = new RememberedAnswers<string>();
  answers.remember("a", "k", { value: "one", untilMs: 10, document: "{}" });
  expect(answers.find("a", "k", 9)).toBe("one");
  expect(answers.find("a", "k", 10)).toBeUndefined();
  expect(answers.find("b", "k", 9)).toBeUndefined();
  answers.remember("a", "k", { value: "two", untilMs: 20, document: "{}" });
  expect(answers.find("a", "k", 10)).toBe("two");
});

test("an account with large answers forgets its own oldest ones, and nothing of others", () => {
  const answers = new RememberedAnswers<number>();
  remember(answers, "honest", 0, '{"isAuthorized":true}');
  // Texts of 9 KB, and objects of many times that size.
  const bomb = JSON.stringify({ isAuthorized: true, context: { list: Array.from({ length: 3_000 }, () => ({})) } });
  for (let key = 0; key < 1_000; key++) remember(answers, "hostile", key, bomb);
  expect(count(answers, "hostile", 1_000)).toBeLessThan(50);
  expect(answers.find("hostile", "999", 0)).toBe(999);
  expect(answers.find("honest", "0", 0)).toBe(0);
});

test("answers of the usual size are remembered by the thousand; one of megabytes is not", () => {
  const answers = new RememberedAnswers<number>();
  const usual = JSON.stringify({
    principalId: "user",
    policyDocument: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
    context: { tenant: "t", level: "1" },
  });
  for (let key = 0; key < 5_000; key++) remember(answers, "a", key, usual);
  expect(count(answers, "a", 5_000)).toBe(5_000);
  remember(answers, "a", 5_000, JSON.stringify({ text: "x".repeat(1_000_000) }));
  expect(answers.find("a", "5000", 0)).toBeUndefined();
  expect(answers.find("a", "4999", 0)).toBe(4_999);
});
