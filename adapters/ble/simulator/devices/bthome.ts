import { createCipheriv } from "node:crypto";
import { completeName, flags, serviceData } from "../advertising-data.ts";
import { uuidBytes, Writer, type Address } from "../bytes.ts";
import type { Peripheral } from "../peripheral.ts";
import { between, curve, measurement, type Surroundings } from "./device.ts";

/* BTHome version 2: https://bthome.io/format and https://bthome.io/encryption */

const service = "fcd2";
/** Device information: version 2 in the upper three bits, and what is said of the data. */
const information = { plain: 0x40, encrypted: 0x41, triggered: 0x44 } as const;
/** Objects, in the order in which they must be sent. */
const object = {
  packetId: 0x00,
  battery: 0x01,
  temperature: 0x02,
  humidity: 0x03,
  opening: 0x11,
  button: 0x3a,
} as const;
export const press = { short: 0x01, double: 0x02, triple: 0x03, long: 0x04 } as const;

const algorithm = "aes-128-ccm";
const micLength = 4;

export function bthomeData(objects: Uint8Array, isTriggered: boolean): Buffer {
  const head = isTriggered ? information.triggered : information.plain;
  return serviceData(service, new Writer().u8(head).bytes(objects).done());
}

/** @param count must rise with each frame that says something else */
export function encryptedBthomeData(
  address: Address,
  key: string,
  objects: Uint8Array,
  count: number,
): Buffer {
  const counter = new Writer().int(count, 4).done();
  const nonce = Buffer.concat([
    Buffer.from(address, "hex"),
    uuidBytes(service),
    Buffer.from([information.encrypted]),
    counter,
  ]);
  const cipher = createCipheriv(algorithm, Buffer.from(key, "hex"), nonce, {
    authTagLength: micLength,
  });
  const secret = Buffer.concat([cipher.update(objects), cipher.final()]);
  const body = [Buffer.from([information.encrypted]), secret, counter, cipher.getAuthTag()];
  return serviceData(service, Buffer.concat(body));
}

/** How often what happened is sent, all under one packet id, and how fast. */
const repeats = { times: 4, apartMs: 60 } as const;
const aliveMs = 60_000;

/** A sensor that sends what happens as it happens, and now and then that it lives. */
class Trigger {
  readonly peripheral: Peripheral;
  readonly #air: Surroundings["air"];
  readonly #about: () => readonly number[];
  #packetId = 0;
  #event: readonly number[] = [];

  /** @param about the objects between packet id and event, in their order */
  constructor(air: Surroundings["air"], address: Address, about: () => readonly number[]) {
    this.#air = air;
    this.#about = about;
    this.peripheral = air.add({ address, data: () => this.#data(), rssiDbm: -63 });
    air.after(aliveMs, () => this.#stayAlive());
  }

  /** Sends a new packet, some times over. */
  send(...event: readonly number[]): void {
    this.#packetId = (this.#packetId + 1) & 0xff;
    this.#event = event;
    this.#air.burst(this.peripheral, repeats.times, repeats.apartMs);
  }

  #stayAlive(): void {
    this.send();
    this.#air.after(aliveMs, () => this.#stayAlive());
  }

  #data(): Buffer {
    const objects = [object.packetId, this.#packetId, ...this.#about(), ...this.#event];
    return Buffer.concat([flags(), bthomeData(Buffer.from(objects), true)]);
  }
}

export interface Contact {
  readonly peripheral: Peripheral;
  readonly isOpen: boolean;
  set(isOpen: boolean): void;
}

const contactTimes = { closed: [120_000, 600_000], open: [5_000, 60_000] } as const;

/** A contact at a door that is used. */
export function doorContact({ air, random }: Surroundings): Contact {
  let isOpen = false;
  const trigger = new Trigger(air, "b4e3f9210a55", () => [
    object.battery,
    96,
    object.opening,
    Number(isOpen),
  ]);
  const set = (next: boolean): void => {
    isOpen = next;
    trigger.send();
  };
  const use = (): void => {
    const [least, most] = isOpen ? contactTimes.open : contactTimes.closed;
    air.after(between(random, least, most), () => {
      set(!isOpen);
      use();
    });
  };
  use();
  return {
    peripheral: trigger.peripheral,
    get isOpen() {
      return isOpen;
    },
    set,
  };
}

export interface Button {
  readonly peripheral: Peripheral;
  press(kind: number): void;
}

const buttonTimes = [90_000, 400_000] as const;
const kinds = [press.short, press.short, press.short, press.double, press.long];

/** A button that somebody presses now and then. */
export function button({ air, random }: Surroundings): Button {
  const trigger = new Trigger(air, "b4e3f9477c01", () => [object.battery, 100]);
  const send = (kind: number): void => trigger.send(object.button, kind);
  const use = (): void =>
    air.after(between(random, ...buttonTimes), () => {
      send(kinds[Math.floor(random() * kinds.length)] ?? press.short);
      use();
    });
  use();
  return { peripheral: trigger.peripheral, press: send };
}

/** The key of the sensor that encrypts, for a configuration. */
export const sensorKey = "231d39c1d7cc1ab1aee224cd096db932";
const sensorEveryMs = 5_000;

/** A thermometer that encrypts what it says. */
export function encryptedSensor({ air, clock }: Surroundings): Peripheral {
  const address = "5448e68f80a5";
  return air.add({
    address,
    intervalMs: sensorEveryMs / 2,
    rssiDbm: -77,
    data: () => {
      const count = measurement(clock, sensorEveryMs);
      const objects = climateObjects(count * sensorEveryMs);
      const data = encryptedBthomeData(address, sensorKey, objects, count % 2 ** 32);
      return Buffer.concat([flags(), data, completeName("SBHT")]);
    },
  });
}

/** Temperature and humidity, in 0.01 °C and 0.01 %. */
function climateObjects(atMs: number): Buffer {
  const celsius = curve(atMs, { mean: 19, swing: 2, phase: 4 });
  const humidityPct = curve(atMs, { mean: 55, swing: 6, isInverse: true, phase: 4 });
  return new Writer()
    .u8(object.temperature)
    .int(Math.round(celsius * 100), 2)
    .u8(object.humidity)
    .int(Math.round(humidityPct * 100), 2)
    .done();
}
