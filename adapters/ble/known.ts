import { createHash } from "node:crypto";
import type { Identifier } from "koine/adapter";
import { beaconText, type BleConfig, type DeviceConfig } from "./config.ts";
import type { Found } from "./decoders/index.ts";
import { PrivateAddresses } from "./private-addresses.ts";

/** Who a sender is, where the configuration says so. */
export interface Named {
  readonly identifier: Identifier;
  readonly settings: DeviceConfig;
  /** The key for what it sends. */
  readonly key: Buffer | undefined;
}

/** The devices of the configuration, by what they can be recognised by. */
export class Known {
  readonly all: readonly Named[];
  readonly #byAddress: ReadonlyMap<string, Named>;
  readonly #byBeacon: ReadonlyMap<string, Named>;
  readonly #byIrk: ReadonlyMap<string, Named>;
  readonly #private: PrivateAddresses;

  constructor({ devices }: BleConfig) {
    this.all = devices.map((settings) => ({
      settings,
      identifier: identifierOf(settings),
      key: settings.key === undefined ? undefined : Buffer.from(settings.key, "hex"),
    }));
    const by = (name: "address" | "beacon" | "irk"): ReadonlyMap<string, Named> =>
      new Map(
        this.all.flatMap((one) => {
          const value = one.settings[name];
          return value === undefined ? [] : [[value, one] as const];
        }),
      );
    this.#byAddress = by("address");
    this.#byBeacon = by("beacon");
    this.#byIrk = by("irk");
    this.#private = new PrivateAddresses(
      [...this.#byIrk.keys()].map((irk) => [irk, Buffer.from(irk, "hex")]),
    );
  }

  /** By its address, or as the owner of a private one. */
  at(address: string): Named | undefined {
    return this.#byAddress.get(address) ?? this.#byIrk.get(this.#private.ownerOf(address) ?? "");
  }

  /** By what a beacon calls itself. */
  beacon({ identity }: Found): Named | undefined {
    return identity && this.#byBeacon.get(beaconText(identity[1]));
  }
}

/** Digits of the name of a key's owner; the key itself stays a secret. */
const fingerprintDigits = 12;

function identifierOf({ address, beacon, irk = "" }: DeviceConfig): Identifier {
  if (address !== undefined) return ["ble", address];
  if (beacon !== undefined) return ["ble-beacon", beacon];
  const digest = createHash("sha256").update(Buffer.from(irk, "hex")).digest("hex");
  return ["ble-phone", digest.slice(0, fingerprintDigits)];
}
