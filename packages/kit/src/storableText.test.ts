import { expect, test } from "vitest";
import { endOfCut, storableText } from "./storableText.ts";

test("a text is cut before a surrogate pair, not within it", () => {
  expect(storableText("abc😀def", 4)).toBe("abc");
  expect(storableText("abc😀def", 5)).toBe("abc😀");
  expect(storableText("abc", 5)).toBe("abc");
});

test("what PostgreSQL cannot store is replaced or left out", () => {
  expect(storableText("a\0b\ud800c\udc00", 10)).toBe("ab\ufffdc\ufffd");
});

test("pieces of a text that is cut again and again make the text", () => {
  const text = "😀".repeat(50);
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = at + endOfCut(text.slice(at), 7);
    pieces.push(text.slice(at, end));
    at = end;
  }
  expect(pieces.join("")).toBe(text);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});
