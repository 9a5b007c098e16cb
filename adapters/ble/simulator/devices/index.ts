import { button, doorContact, encryptedSensor, type Button, type Contact } from "./bthome.ts";
import type { Surroundings } from "./device.ts";
import { govee } from "./govee.ts";
import { iBeacon } from "./ibeacon.ts";
import { lamp, type Lamp } from "./lamp.ts";
import { phone } from "./phone.ts";
import { ruuviTag } from "./ruuvi-tag.ts";
import { switchBot, type SwitchBot } from "./switchbot.ts";
import { thermometer } from "./thermometer.ts";
import type { Peripheral } from "../peripheral.ts";

/** All that is on the farm. */
export interface Farm {
  readonly thermometer: Peripheral;
  readonly ruuviTag: Peripheral;
  readonly govee: Peripheral;
  readonly doorContact: Contact;
  readonly button: Button;
  readonly encryptedSensor: Peripheral;
  readonly iBeacon: Peripheral;
  readonly phone: Peripheral;
  readonly switchBot: SwitchBot;
  readonly lamp: Lamp;
}

/** Puts one device of every kind into the air, which live from then on. */
export function moveIn(surroundings: Surroundings): Farm {
  return {
    thermometer: thermometer(surroundings),
    ruuviTag: ruuviTag(surroundings),
    govee: govee(surroundings),
    doorContact: doorContact(surroundings),
    button: button(surroundings),
    encryptedSensor: encryptedSensor(surroundings),
    iBeacon: iBeacon(surroundings),
    phone: phone(surroundings),
    switchBot: switchBot(surroundings),
    lamp: lamp(surroundings),
  };
}
