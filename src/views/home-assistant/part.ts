import { isReadable, isWritable, type Entity, type Item, type Subject } from "./entity.ts";

/** The properties of one part of a device, by what they are. */
export class Part {
  readonly #items: ReadonlyMap<string, Item>;

  constructor(items: readonly Item[]) {
    this.#items = new Map(items.toReversed().map((item) => [item.property.is, item]));
  }

  /** The property, if it is there and can be commanded. */
  writable(is: string): Item | undefined {
    const item = this.#items.get(is);
    return item && isWritable(item) ? item : undefined;
  }

  /** The property, if it is there and can be read. */
  readable(is: string): Item | undefined {
    const item = this.#items.get(is);
    return item && isReadable(item) ? item : undefined;
  }

  /** The property, if it is there and can be read and commanded. */
  both(is: string): Item | undefined {
    return this.writable(is) && this.readable(is);
  }
}

/** An entity that stands for several properties, which then have none of their own. */
export interface Group {
  readonly entity: Entity;
  readonly uses: readonly (Item | undefined)[];
}

/** Makes an entity of what belongs together in a part, if it is there. */
export type Grouping = (part: Part, subject: Subject) => Group | undefined;
