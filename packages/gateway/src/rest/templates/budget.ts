/** A template asked for more than templates may. */
export class TemplateLimit extends Error {}

/** What one rendering may use up: steps, and characters of all texts that it makes. */
export class Budget {
  #steps: number;
  #characters: number;

  constructor(limits: { readonly steps: number; readonly characters: number }) {
    this.#steps = limits.steps;
    this.#characters = limits.characters;
  }

  step(count = 1): void {
    this.#steps -= count;
    if (this.#steps < 0) throw new TemplateLimit("the template takes too many steps");
  }

  /** Counts a text that was made, and returns it. */
  text(made: string): string {
    this.expect(made.length);
    return made;
  }

  /** Counts a text before it is made. */
  expect(characters: number): void {
    this.#characters -= characters;
    if (this.#characters < 0) throw new TemplateLimit("the template makes too much text");
  }
}
