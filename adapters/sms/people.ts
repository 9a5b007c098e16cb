import { CommandError, idScheme, z, type AdapterHost, type Ref } from "koine/adapter";
import type { PersonConfig, SmsConfig } from "./config.ts";
import { limits } from "./limits.ts";
import { isNumber, masked, personId, worldNumber } from "./number.ts";

/** Somebody who can be texted. */
export interface Person {
  readonly ref: Ref;
  readonly name: string;
  /** As the whole world dials it. Never in a log, nor on the bus. */
  readonly number: string;
  readonly language: string | undefined;
  readonly groups: readonly string[];
  /** The routes to this person, best first, where they are not everybody's. */
  readonly routes: readonly string[] | undefined;
}

type PeopleConfig = Pick<SmsConfig, "people" | "country" | "modems">;

const vendor = (is: string, type: "string" | "array") =>
  ({ is: `x_sms_${is}`, type, access: "r", kind: "diagnostic" }) as const;
const heard = { is: "last_seen", kind: "diagnostic" } as const;

const keptSchema = z.object({
  name: z.string(),
  number: z.string(),
  language: z.string().optional(),
  groups: z.array(z.string()),
  routes: z.array(z.string()).optional(),
});

const prefix = "person/";

/** The people of the configuration, and those that were added since; each a device on the bus. */
export class People {
  readonly #host: AdapterHost;
  readonly #country: string | undefined;
  /** Providers make no calls. */
  readonly #canCall: boolean;
  readonly #configured: readonly Person[];
  /** Those that were added, by key. */
  readonly #added = new Map<string, Person>();

  constructor(host: AdapterHost, { people, country, modems }: PeopleConfig) {
    this.#host = host;
    this.#canCall = modems.length > 0;
    this.#country = country;
    this.#configured = people.map((person) => this.#personOf(person));
  }

  async load(): Promise<void> {
    for (const [key, json] of await this.#host.store.entries(prefix)) {
      const { data } = keptSchema.safeParse(JSON.parse(json));
      if (data) this.#added.set(key, this.#personOf(data));
    }
  }

  /**
   * Adds somebody; resolves to the id when that is on the disk.
   * @throws CommandError when somebody has that name or number, or it is no number
   */
  async add(config: PersonConfig): Promise<string> {
    const person = this.#personOf(config);
    const id = idOf(person);
    if (!isNumber(person.number)) {
      throw new CommandError("bad_payload", "A person has a mobile number");
    }
    if (this.byRef(person.ref) ?? this.byNumber(person.number)) {
      throw new CommandError("bad_payload", "Somebody has this name or this number");
    }
    if (this.#added.size >= limits.peopleAdded) {
      throw new CommandError("too_large", `No more than ${limits.peopleAdded} people can be added`);
    }
    const key = prefix + id;
    await this.#host.store.write([{ key, value: JSON.stringify(config) }]);
    this.#added.set(key, person);
    this.#describe(person);
    return id;
  }

  /**
   * Forgets somebody who was added; resolves when that is on the disk.
   * @throws CommandError when there is nobody, or the configuration has them
   */
  async remove(ref: Ref): Promise<void> {
    const person = this.byRef(ref);
    const key = prefix + (person ? idOf(person) : "");
    if (!person || !this.#added.has(key)) {
      throw new CommandError("unknown_device", "Nobody who was added is called so");
    }
    await this.#host.store.write([{ key, value: undefined }]);
    this.#added.delete(key);
    this.#host.emit({ type: "gone", ref: person.ref });
  }

  /** Describes everybody. */
  describe(): void {
    for (const person of this.all()) this.#describe(person);
  }

  #describe({ ref, name, number, language, groups }: Person): void {
    const properties = [
      { is: "message" },
      ...(this.#canCall ? [{ is: "call" }] : []),
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

  #personOf({ name, number, language, groups, routes }: PersonConfig): Person {
    return {
      ref: [[idScheme, personId(name)]],
      name,
      number: worldNumber(number, this.#country),
      language,
      groups,
      routes,
    };
  }

  /** They can be texted, however long they have been silent: nobody is believed to be gone for that. */
  tellReachable(): void {
    for (const { ref } of this.all()) {
      this.#host.emit({ type: "availability", ref, value: "online" });
    }
  }

  all(): readonly Person[] {
    return [...this.#configured, ...this.#added.values()];
  }

  byRef(ref: Ref): Person | undefined {
    const id = idOf({ ref });
    return this.all().find((person) => idOf(person) === id);
  }

  /** Who texts from that number. */
  byNumber(number: string): Person | undefined {
    const wanted = worldNumber(number, this.#country);
    return this.all().find((person) => person.number === wanted);
  }
}

function idOf({ ref }: Pick<Person, "ref">): string {
  return ref.find(([scheme]) => scheme === idScheme)?.[1] ?? "";
}
