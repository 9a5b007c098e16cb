import type { KnownDevice } from "../core/known-devices.ts";

/** Somebody with a phone, as the bus knows them: a device that takes a `message`. */
export interface Person {
  readonly id: string;
  readonly name: string;
  /** The adapter that carries texts to and from them. */
  readonly adapter: string | undefined;
  readonly language: string | undefined;
  readonly groups: readonly string[];
}

/**
 * The person that a device stands for; undefined when it is a thing. A channel may say a person's
 * language and groups in properties of its own: `x_<channel>_language`, `x_<channel>_groups`.
 */
export function personOf({ id, description, state }: KnownDevice): Person | undefined {
  const { name, adapter, properties } = description;
  const isPerson = Object.values(properties).some(
    ({ is, access }) => is === "message" && access.includes("w"),
  );
  if (!isPerson) return undefined;
  const said = (word: string) => {
    const key = Object.keys(properties).find((one) =>
      new RegExp(`^x_[a-z0-9]+_${word}$`).test(one),
    );
    return key === undefined ? undefined : state?.[key];
  };
  const [language, groups] = [said("language"), said("groups")];
  return {
    id,
    name,
    adapter,
    language: typeof language === "string" ? language : undefined,
    groups: Array.isArray(groups) ? groups.filter((one) => typeof one === "string") : [],
  };
}
