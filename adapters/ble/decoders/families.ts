import { amazfit } from "./amazfit.ts";
import { mibeacon } from "./mibeacon/index.ts";
import { qingping } from "./qingping.ts";
import { xiaogui } from "./xiaogui.ts";
import { xiaomiScale } from "./xiaomi-scale.ts";
import type { Decoder } from "./decoder.ts";
import { airthings } from "./airthings.ts";
import { altbeacon } from "./altbeacon.ts";
import { appleDevices } from "./apple.ts";
import { aranet } from "./aranet.ts";
import { atc } from "./atc.ts";
import { batteryMonitor } from "./battery-monitor.ts";
import { bluemaestro } from "./bluemaestro.ts";
import { bparasite } from "./bparasite.ts";
import { bthome } from "./bthome/index.ts";
import { eddystone } from "./eddystone.ts";
import { gaen } from "./gaen.ts";
import { hhcc } from "./hhcc.ts";
import { ibeacon } from "./ibeacon.ts";
import { kegtron } from "./kegtron.ts";
import { mopeka } from "./mopeka.ts";
import { sensirion } from "./sensirion.ts";
import { sensorpush } from "./sensorpush.ts";
import { smartdry } from "./smartdry.ts";
import { thermobeacon } from "./thermobeacon.ts";
import { tilt } from "./tilt.ts";
import { tpms } from "./tpms.ts";

/**
 * Every family that is known. Of several that listen to a frame, the first that reads it has it; beacons
 * are asked last.
 */
export const decoders: readonly Decoder[] = [
  bthome,
  atc,
  bparasite,
  hhcc,
  airthings,
  appleDevices,
  aranet,
  batteryMonitor,
  bluemaestro,
  kegtron,
  mopeka,
  sensirion,
  sensorpush,
  smartdry,
  thermobeacon,
  tilt,
  tpms,
  amazfit,
  mibeacon,
  qingping,
  xiaogui,
  xiaomiScale,
  altbeacon,
  eddystone,
  gaen,
  ibeacon,
];
