import { idScheme, slug, type AdapterHost, type Ref } from "koine/adapter";
import type { SmsConfig } from "./config.ts";
import { masked, worldNumber } from "./number.ts";

/** Somebody who can be texted. */
export interface Person {
  readonly ref: Ref;
  readonly name: string;
  /** As the whole world dials it. Never in a log, nor on the bus. */
  readonly number: string;
  readonly language: string | undefined;
  readonly groups: readonly string[];
}

const vendor = (is: string, type: "string" | "array") =>
  ({ is: `x_sms_${is}`, type, access: "r", kind: "diagnostic" }) as const;
const heard = { is: "last_seen", kind: "diagnostic" } as const;

/** The people of the configuration, each a device on the bus. */
export class People {
  readonly #host: AdapterHost;
  readonly #country: string | undefined;
  readonly #people: readonly Person[];

  constructor(host: AdapterHost, { people, country }: Pick<SmsConfig, "people" | "country">) {
    this.#host = host;
    this.#country = country;
    this.#people = people.map(({ name, number, language, groups }) => ({
      ref: [[idScheme, `person-${slug(name) || slug(number)}`]],
      name,
      number: worldNumber(number, country),
      language,
      groups,
    }));
  }

  /** Describes everybody. */
  describe(): void {
    for (const { ref, name, number, language, groups } of this.#people) {
      const properties = [
        { is: "message" },
        vendor("number", "string"),
        vendor("groups", "array"),
        heard,
        ...(language === undefined ? [] : [vendor("language", "string")]),
      ];
      this.#host.emit({ type: "device", ref, facts: { name, properties } });
      const values = [
        { is: "x_sms_number", value: masked(number) },
        { is: "x_sms_groups", value: [...groups] },
        ...(language === undefined ? [] : [{ is: "x_sms_language", value: language }]),
      ];
      this.#host.emit({ type: "readings", ref, values });
    }
  }

  /** They can be texted, however long they have been silent: nobody is believed to be gone for that. */
  tellReachable(): void {
    for (const { ref } of this.#people) {
      this.#host.emit({ type: "availability", ref, value: "online" });
    }
  }

  all(): readonly Person[] {
    return this.#people;
  }

  byRef(ref: Ref): Person | undefined {
    const id = ref.find(([scheme]) => scheme === idScheme)?.[1];
    return this.#people.find((person) => person.ref[0]?.[1] === id);
  }

  /** Who texts from that number. */
  byNumber(number: string): Person | undefined {
    const wanted = worldNumber(number, this.#country);
    return this.#people.find((person) => person.number === wanted);
  }
}
