import { flags, manufacturerData, serviceData, serviceUuids } from "../advertising-data.ts";
import type { Peripheral } from "../peripheral.ts";
import type { Surroundings } from "./device.ts";
import { battery, deviceInformation, genericAccess } from "./services.ts";

/* https://github.com/OpenWonderLabs/SwitchBotAPI-BLE, devicetypes/bot.md */

const company = 0x0969;
const dataService = "fd3d";
const service = "cba20d00-224d-11e6-9fb8-0002a5d5c51b";
const commandCharacteristic = "cba20002-224d-11e6-9fb8-0002a5d5c51b";
const answerCharacteristic = "cba20003-224d-11e6-9fb8-0002a5d5c51b";

const bot = 0x48;
/** Bits of the state: it keeps "on" and "off" apart, and it is off. */
const bits = { switchMode: 0x80, off: 0x40 } as const;
const magic = 0x57;
const command = { act: 0x01, about: 0x02 } as const;
const action = { press: 0x00, on: 0x01, off: 0x02 } as const;
const answer = { done: 0x01, error: 0x02, busy: 0x03, unsupported: 0x05 } as const;
/** Mode of the arm in the basic information: on and off are two states. */
const dualState = 0x10;
const firmware = 66;
const strengthPct = 100;
const batteryPct = 88;

/** Battery, firmware, strength of the motor, voltage, calibration, timers, mode, time it holds. */
const basicInformation = [batteryPct, firmware, strengthPct, 0, 0, 0, 0, 0, dualState, 0];

/** How long the arm is on its way. */
const moveMs = 900;
const intervalMs = 1_500;

export interface SwitchBot {
  readonly peripheral: Peripheral;
  readonly isOn: boolean;
  /** How often the arm has moved. */
  readonly moves: number;
}

/** A SwitchBot Bot, which presses a switch. */
export function switchBot({ air }: Surroundings): SwitchBot {
  const address = "d0c84e1b7a92";
  let isOn = false;
  let moves = 0;
  let isMoving = false;

  const say = (...bytes: readonly number[]): void => {
    peripheral.notify(answerCharacteristic, Buffer.from(bytes));
  };
  const act = (what: number): void => {
    if (isMoving) return say(answer.busy);
    isMoving = true;
    air.after(moveMs, () => {
      isMoving = false;
      moves += 1;
      isOn = what === action.press ? !isOn : what === action.on;
      say(answer.done, batteryPct);
    });
  };
  const obey = ([first, what, which = action.press]: Buffer): void => {
    if (first !== magic) say(answer.error);
    else if (what === command.about) say(answer.done, ...basicInformation);
    else if (what === command.act && which <= action.off) act(which);
    else say(answer.unsupported);
  };

  const peripheral = air.add({
    address,
    addressType: "random",
    intervalMs,
    rssiDbm: -67,
    data: Buffer.concat([flags(), manufacturerData(company, Buffer.from(address, "hex"))]),
    scanResponse: () => {
      const state = bits.switchMode | (isOn ? 0 : bits.off);
      const data = Buffer.from([bot, state, batteryPct]);
      return Buffer.concat([serviceUuids(service), serviceData(dataService, data)]);
    },
    services: [
      genericAccess("WoHand"),
      battery(() => batteryPct),
      deviceInformation({ manufacturer: "WOAN", model: "WoHand", firmware: "V6.6" }),
      {
        uuid: service,
        characteristics: [
          {
            uuid: commandCharacteristic,
            properties: ["write", "writeWithoutResponse"],
            // It answers after the write was answered, as any firmware with a queue does.
            write: (bytes) => air.after(0, () => obey(bytes)),
          },
          { uuid: answerCharacteristic, properties: ["notify"] },
        ],
      },
    ],
  });

  return {
    peripheral,
    get isOn() {
      return isOn;
    },
    get moves() {
      return moves;
    },
  };
}
