import { atc } from "./atc.ts";
import { bparasite } from "./bparasite.ts";
import { bthome } from "./bthome.ts";
import { aranet } from "./aranet.ts";
import { beacon } from "./beacon.ts";
import { bluemaestro } from "./bluemaestro.ts";
import { hhcc } from "./hhcc.ts";
import { hydrometer } from "./hydrometer.ts";
import { kegtron } from "./kegtron.ts";
import { mopeka } from "./mopeka.ts";
import { smartdry } from "./smartdry.ts";
import { thermobeacon } from "./thermobeacon.ts";
import { tpms } from "./tpms.ts";
import { amazfit } from "./amazfit.ts";
import { mibeacon } from "./mibeacon.ts";
import { qingping } from "./qingping.ts";
import { xiaogui } from "./xiaogui.ts";
import { xiaomiScale } from "./xiaomi-scale.ts";
import { govee } from "./govee.ts";
import { inkbird } from "./inkbird.ts";
import { thermopro } from "./thermopro.ts";
import { acconeer } from "./acconeer.ts";
import { airmentor } from "./airmentor.ts";
import { almendo } from "./almendo.ts";
import { blustream } from "./blustream.ts";
import { chefiq } from "./chefiq.ts";
import { grundfos } from "./grundfos.ts";
import { holyiot } from "./holyiot.ts";
import { hormann } from "./hormann.ts";
import { inode } from "./inode.ts";
import { kkm } from "./kkm.ts";
import { laica } from "./laica.ts";
import { mikrotik } from "./mikrotik.ts";
import { mocreo } from "./mocreo.ts";
import { oras } from "./oras.ts";
import { senssun } from "./senssun.ts";
import { teltonika } from "./teltonika.ts";
import { theengs } from "./theengs.ts";
import { oralB } from "./oral-b.ts";
import { ruuvi } from "./ruuvi.ts";
import { switchbot } from "./switchbot.ts";
import type { Meaning, Words } from "./words.ts";

/** Words of each family, and the formats of the collection that speak it. */
const families: readonly (readonly [formats: RegExp, words: Words])[] = [
  [/^bthome-/, bthome],
  [/^(atc1441|pvvx-.*|theengs:.*_(ATC|ATC1441|PVVX|PVVX_DECR))$/, atc],
  [/^(bparasite|theengs:BPv.*)$/, bparasite],
  [/^(?:hhcc|theengs:HHCCJCY10)$/, hhcc],
  [/^(?:aranet.*|theengs:ARANET4)$/, aranet],
  [/^(?:ibeacon|altbeacon|eddystone-.*|theengs:(?:APPLEDEVICE|APPLEWATCH|GAEN))$/, beacon],
  [/^(?:bluemaestro|theengs:TD\din1)$/, bluemaestro],
  [/^(?:tilt|theengs:TILT)$/, hydrometer],
  [/^kegtron$/, kegtron],
  [/^(?:mopeka|theengs:M1017)$/, mopeka],
  [/^(?:smartdry|theengs:SDLS)$/, smartdry],
  [/^(?:thermobeacon|theengs:WS02.*)$/, thermobeacon],
  [/^(?:michelin|theengs:TPMS)$/, tpms],
  [/^hhcc$/, hhcc],
  [/^mibeacon/, mibeacon],
  [/^qingping$/, qingping],
  [/^xiaomi-(scale|other)$/, xiaomiScale],
  [/^xiaogui$/, xiaogui],
  [/^(amazfit|theengs:MB\/SW)$/, amazfit],
  [/^govee-/, govee],
  [/^inkbird-/, inkbird],
  [/^thermopro$|^theengs:TP35X/, thermopro],
  [/^acconeer$/, acconeer],
  [/^airmentor$/, airmentor],
  [/^almendo$/, almendo],
  [/^blustream$/, blustream],
  [/^chefiq$/, chefiq],
  [/^grundfos$/, grundfos],
  [/^holyiot$/, holyiot],
  [/^hormann$/, hormann],
  [/^(?:inode|theengs:INEM)$/, inode],
  [/^(?:kkm|theengs:(?:K6P|K9|KSensor))$/, kkm],
  [/^laica$/, laica],
  [/^mikrotik$/, mikrotik],
  [/^mocreo$/, mocreo],
  [/^(?:oras|theengs:(?:ORAS|ADHS))$/, oras],
  [/^senssun$/, senssun],
  [/^teltonika$/, teltonika],
  [
    /^theengs:(?:ABTemp|FEASY|H10|HOBOMX2001|MBXPRO|Mokobeacon|NODONNIU|RC1010|RDL52832|SKALE|XOSSX2)$/,
    theengs,
  ],
  [/^oral-b$|^theengs:ORALB_BT$/, oralB],
  [/^ruuvi-/, ruuvi],
  [/^switchbot/, switchbot],
];

/** What the keys of a format mean, where it is not what they mean everywhere. */
export function wordsOf(format: string): Readonly<Record<string, Meaning>> {
  const words = families.find(([formats]) => formats.test(format))?.[1] ?? {};
  return { ...words["*"], ...words[format] };
}
