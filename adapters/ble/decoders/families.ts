import { amazfit } from "./amazfit.ts";
import { mibeacon } from "./mibeacon/index.ts";
import { qingping } from "./qingping.ts";
import { xiaogui } from "./xiaogui.ts";
import { xiaomiScale } from "./xiaomi-scale.ts";
import { govee } from "./govee/index.ts";
import { inkbird } from "./inkbird.ts";
import { thermopro } from "./thermopro.ts";
import { acconeer } from "./acconeer.ts";
import { airmentor } from "./airmentor.ts";
import { almendo } from "./almendo.ts";
import { aprilBrother } from "./april-brother.ts";
import { beewi } from "./beewi.ts";
import { blustream } from "./blustream.ts";
import { chefiq } from "./chefiq.ts";
import { ela } from "./ela.ts";
import { feasycom } from "./feasycom.ts";
import { garnet } from "./garnet.ts";
import { grundfos } from "./grundfos.ts";
import { hobo } from "./hobo.ts";
import { holyiot } from "./holyiot.ts";
import { hormann } from "./hormann.ts";
import { inode } from "./inode.ts";
import { jaalee } from "./jaalee.ts";
import { jinou } from "./jinou.ts";
import { kkm } from "./kkm.ts";
import { laica } from "./laica.ts";
import { mikrotik } from "./mikrotik.ts";
import { minew } from "./minew.ts";
import { moat } from "./moat.ts";
import { mocreo } from "./mocreo.ts";
import { moko } from "./moko.ts";
import { nodon } from "./nodon.ts";
import { oras } from "./oras.ts";
import { oria } from "./oria.ts";
import { otodata } from "./otodata.ts";
import { polar } from "./polar.ts";
import { radioland } from "./radioland.ts";
import { relsib } from "./relsib.ts";
import { senssun } from "./senssun.ts";
import { skale } from "./skale.ts";
import { teltonika } from "./teltonika.ts";
import { xoss } from "./xoss.ts";
import { batteryService } from "./battery-service.ts";
import { oralB } from "./oral-b.ts";
import { ruuvi } from "./ruuvi.ts";
import { switchbot } from "./switchbot/index.ts";
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
  govee,
  inkbird,
  thermopro,
  acconeer,
  airmentor,
  almendo,
  aprilBrother,
  beewi,
  blustream,
  chefiq,
  ela,
  feasycom,
  garnet,
  grundfos,
  hobo,
  holyiot,
  hormann,
  inode,
  jaalee,
  jinou,
  kkm,
  laica,
  mikrotik,
  minew,
  moat,
  mocreo,
  moko,
  nodon,
  oras,
  oria,
  otodata,
  polar,
  radioland,
  relsib,
  senssun,
  skale,
  teltonika,
  xoss,
  batteryService,
  oralB,
  ruuvi,
  switchbot,
  altbeacon,
  eddystone,
  gaen,
  ibeacon,
];
