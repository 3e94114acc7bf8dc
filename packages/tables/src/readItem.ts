import type { Item } from "./attributeValue.ts";
import { decodeItem } from "./storedItem.ts";

/** An item as it is stored. What is passed on whole is never taken apart. */
export class ReadItem {
  /** JSON, as clients get it. */
  readonly text: string;
  /** As DynamoDB counts them. */
  readonly bytes: number;
  #item: Item | undefined;

  constructor({ item, bytes }: { readonly item: string; readonly bytes: number }) {
    this.text = item;
    this.bytes = bytes;
  }

  get item(): Item {
    return (this.#item ??= decodeItem(this.text));
  }
}
