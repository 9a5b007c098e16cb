import { z } from "zod";
import type { KnownDevice, KnownDevices } from "../core/known-devices.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import { noDeviceSettings, type DeviceSettings, type DialogueSettings } from "./settings.ts";
import type { Lexicon } from "./lexicon.ts";
import { personOf } from "./person.ts";
import { Targets, targetsOf, type Target } from "./targets.ts";

export interface DirectoryOptions {
  readonly devices: KnownDevices;
  readonly lexicon: Lexicon;
  readonly settings: DialogueSettings;
  readonly writer: PatientWriter;
}

const prefix = "dialogue/number/";

/** Everything that can be talked about, as it is now. A device keeps the number it once got. */
export class Directory {
  readonly lexicon: Lexicon;
  readonly #options: DirectoryOptions;
  readonly #numbers: KeptMap<number>;
  #targets: Targets | undefined;
  /** Of the devices that the targets were made of. */
  #revision = -1;

  private constructor(options: DirectoryOptions, numbers: KeptMap<number>) {
    this.#options = options;
    this.lexicon = options.lexicon;
    this.#numbers = numbers;
  }

  static async load(options: DirectoryOptions, store: Store): Promise<Directory> {
    const numbers = await KeptMap.load(store, prefix, z.number());
    return new Directory(options, numbers);
  }

  /** What can be talked about, with the states of now. */
  targets(): Targets {
    const { devices } = this.#options;
    if (!this.#targets || this.#revision !== devices.revision) {
      this.#revision = devices.revision;
      const things = devices.all().filter((device) => !personOf(device));
      const all = things.flatMap((device) => this.#targetsOf(device));
      this.#targets = Targets.of(
        all.toSorted((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity)),
        this.lexicon,
      );
    }
    return this.#targets.refreshed((id) => devices.get(id));
  }

  /** The targets with these ids that are there. */
  targetsNamed(named: readonly { readonly target: string }[]): readonly Target[] {
    const targets = this.targets();
    return named.flatMap(({ target }) => targets.get(target) ?? []);
  }

  settingsOf({ id, description }: KnownDevice): DeviceSettings {
    const { settings } = this.#options;
    return (
      settings.devices.get(description.name.toLowerCase()) ??
      settings.devices.get(id) ??
      noDeviceSettings
    );
  }

  /** What the networks say is left on each SIM. */
  balances(): readonly string[] {
    return this.#options.devices.all().flatMap(({ description, state }) => {
      const key = Object.keys(description.properties).find((one) =>
        /^x_[a-z0-9]+_balance$/.test(one),
      );
      const value = key === undefined ? undefined : state?.[key];
      return typeof value === "string" ? [value] : [];
    });
  }

  #targetsOf(device: KnownDevice) {
    const settings = this.settingsOf(device);
    const number = isThing(device) ? (settings.number ?? this.#numberOf(device.id)) : undefined;
    return targetsOf(device, number, settings, this.lexicon);
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const configured = [...this.#options.settings.devices.values()].map(({ number }) => number);
    const taken = new Set([...this.#numbers.values(), ...configured]);
    let free = 1;
    while (taken.has(free)) free += 1;
    void this.#options.writer.write([this.#numbers.set(id, free)]);
    return free;
  }
}

/** Whether it is something in the world, and not the gateway or a modem, which only tell how they are. */
function isThing({ description }: KnownDevice): boolean {
  if (description.classes.includes("gateway")) return false;
  return Object.values(description.properties).some(
    ({ kind, access }) => kind !== "diagnostic" || access.includes("w"),
  );
}
