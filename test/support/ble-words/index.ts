import { hhcc } from "./hhcc.ts";
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
import type { Meaning, Words } from "./words.ts";

/** Words of each family, and the formats of the collection that speak it. */
const families: readonly (readonly [formats: RegExp, words: Words])[] = [
  [/^hhcc$/, hhcc],
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
];

/** What the keys of a format mean, where it is not what they mean everywhere. */
export function wordsOf(format: string): Readonly<Record<string, Meaning>> {
  const words = families.find(([formats]) => formats.test(format))?.[1] ?? {};
  return { ...words["*"], ...words[format] };
}
