import type { Dialect, Peer } from "../dialect.ts";
import { esphome } from "./esphome/index.ts";
import { espurna } from "./espurna.ts";
import { generic } from "./generic/index.ts";
import { homeAssistant } from "./home-assistant/index.ts";
import { homie } from "./homie/index.ts";
import { openbeken } from "./openbeken.ts";
import { openevse } from "./openevse.ts";
import { openMqttGateway } from "./openmqttgateway/index.ts";
import { rtl433 } from "./rtl433/index.ts";
import { ruuviGateway } from "./ruuvi-gateway.ts";
import { shellyGen1 } from "./shelly-gen1/index.ts";
import { shellyGen2 } from "./shelly-gen2/index.ts";
import { tasmota } from "./tasmota/index.ts";
import { valetudo } from "./valetudo/index.ts";
import { wled } from "./wled/index.ts";
import { zigbee2mqtt } from "./zigbee2mqtt/index.ts";
import { zwaveJsUi } from "./zwave-js-ui/index.ts";

/**
 * Every dialect, in the order in which they may claim a topic: what the configuration says, then
 * what is told by its topics alone, then what needs a look at the payload, then what others describe.
 */
export const dialects: readonly Dialect<Peer>[] = [
  generic,
  openbeken,
  espurna,
  openevse,
  homeAssistant,
  tasmota,
  shellyGen1,
  wled,
  valetudo,
  ruuviGateway,
  openMqttGateway,
  rtl433,
  zigbee2mqtt,
  zwaveJsUi,
  shellyGen2,
  homie,
  esphome,
];
