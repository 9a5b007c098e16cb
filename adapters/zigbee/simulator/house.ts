import type { Clock } from "koine/adapter";
import { Device, type DeviceModel } from "./device.ts";
import { blind } from "./kinds/blind.ts";
import { doubleSwitch, hueLight, meteringPlug, unknownDevice, whiteLight } from "./kinds/mains.ts";
import {
  button,
  climateSensor,
  contactSensor,
  dimmerSwitch,
  motionSensor,
  temperatureSensor,
} from "./kinds/sensors.ts";
import { tuyaDimmer } from "./kinds/tuya.ts";
import { Line } from "../../simulation/line.ts";
import { Radio } from "./radio.ts";
import { Stick } from "./stick.ts";

/** Every simulated kind, with the address of the one of it in the house. */
const inhabitants = {
  "00158d0002a1b2c3": climateSensor,
  "00124b0022aa0001": button,
  "00124b0022aa0002": temperatureSensor,
  "00124b0022aa0003": motionSensor,
  "00124b0022aa0004": contactSensor,
  "90fd9ffffe010203": dimmerSwitch,
  "90fd9ffffe010204": whiteLight,
  "0017880102030405": hueLight,
  "0015bc001a000001": meteringPlug,
  "90fd9ffffe010205": blind,
  a4c1380102030405: tuyaDimmer,
  a4c1380102030406: doubleSwitch,
  "70b3d50102030405": unknownDevice,
} satisfies Readonly<Record<string, DeviceModel>>;

export interface HouseOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Address of the stick. */
  readonly ieee?: string;
  /** Bytes from the stick come no faster than a UART lets them. */
  readonly isPaced?: boolean;
}

/** A stick behind a TCP port, and devices around it that have not joined yet. */
export class House {
  readonly radio: Radio;
  readonly line: Line;
  readonly devices = new Map<string, Device>();
  stick: Stick;
  readonly #clock: Clock;

  constructor({ clock, random, ieee = "00124b00258a0001", isPaced = false }: HouseOptions) {
    this.#clock = clock;
    this.radio = new Radio(clock, random);
    this.stick = new Stick({ radio: this.radio, ieee });
    this.line = new Line(() => this.stick, { clock, isPaced });
    for (const [address, model] of Object.entries(inhabitants)) this.add(address, model);
  }

  add(ieee: string, model: DeviceModel): Device {
    const device = new Device(this.radio, model, ieee);
    this.devices.set(ieee, device);
    return device;
  }

  /** A new stick, of the same make, in the place of the one that broke. */
  replaceStick(ieee: string): void {
    this.stick = new Stick({ radio: this.radio, ieee });
  }

  /** Takes the power from the stick for a while; its port stays, as that of a network stick does not. */
  async powerCycle(ms: number): Promise<void> {
    this.stick.powerOff();
    await this.line.close();
    await this.#clock.sleep(ms);
    this.stick.powerOn();
    await this.line.open();
  }

  /** All devices join, one after the other, whenever the network is open. */
  async moveIn(signal: AbortSignal, apartMs: number): Promise<void> {
    for (const device of this.devices.values()) {
      await this.radio.opened();
      if (signal.aborted) return;
      device.join();
      await this.#clock.sleep(apartMs, signal);
    }
  }
}
