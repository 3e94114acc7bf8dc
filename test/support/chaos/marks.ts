/** The text that names message `n` of a path; it survives every envelope that services put around a body. */
export function markOf(path: string, n: number): string {
  return `[[${path}:${n}]]`;
}

/** The numbers of the messages of a path that a text names, each once. */
export function numbersIn(text: string, path: string): readonly number[] {
  const numbers = [...text.matchAll(/\[\[([a-z-]+):(\d+)\]\]/g)].flatMap(([, name, n]) =>
    name === path ? [Number(n)] : [],
  );
  return [...new Set(numbers)];
}
