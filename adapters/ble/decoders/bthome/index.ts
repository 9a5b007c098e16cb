import type { Advertisement } from "../../advertisement.ts";
import type { Decoded, Decoder, DecodingOptions, Problem } from "../decoder.ts";
import { keyBytes, tagBytes, unseal } from "../unseal.ts";
import { modelNames, modelOf, shellyCompany, shellyModel, type Model } from "./models.ts";
import { splitOne, splitTwo, type Split } from "./split.ts";
import { tell } from "./told.ts";

/** Version 1 has a service for what is plain and one for what is encrypted. */
const plainService = "181c";
const sealedService = "181e";
/** Version 2 has one, whose first byte says the rest. */
const service = "fcd2";

/** Sensors, buttons and switches that speak BTHome, Shelly's BLU devices among them. */
export const bthome: Decoder = {
  family: "bthome",
  title: "BTHome sensors, buttons and switches; Shelly BLU",
  models: modelNames,
  source: "https://bthome.io/format/, https://bthome.io/v1/, https://shelly-api-docs.shelly.cloud",
  listensTo: { services: [service, plainService, sealedService], companies: [shellyCompany] },
  keyBytes,
  decode: (frame, options) => {
    for (const { uuid, data } of frame.serviceData) {
      const read = readers.get(uuid);
      if (read) return read(data, { frame, options, model: modelOf(frame) });
    }
    return modelAlone(frame);
  },
};

interface Sender {
  readonly frame: Advertisement;
  readonly options: DecodingOptions;
  readonly model: Model;
}

const readers = new Map([
  [service, readTwo],
  [plainService, readPlainOne],
  [sealedService, readSealedOne],
]);

/** Shelly's devices answer a scan with a frame that says the model and nothing else. */
function modelAlone({ companyData }: Advertisement): Decoded | undefined {
  const data = companyData.find(({ company }) => company === shellyCompany)?.data;
  const model = data && shellyModel(data);
  return model && { facts: factsOf(model), observations: [] };
}

/* The first byte of version 2. */
const sealedBit = 0x01;
const addressBit = 0x02;
const triggeredBit = 0x04;
const versionShift = 5;
const version = 2;
const addressBytes = 6;
const counterBytes = 4;

function readTwo(data: Buffer, sender: Sender): Decoded | undefined {
  const info = data[0] ?? 0;
  const isTriggered = (info & triggeredBit) !== 0;
  const model = isTriggered ? { ...sender.model, sleepy: true } : sender.model;
  const hasAddress = (info & addressBit) !== 0;
  const from = hasAddress ? 1 + addressBytes : 1;
  if (info >> versionShift !== version || data.length < from) return failed(model, "unreadable");
  const address = hasAddress
    ? Buffer.from(data.subarray(1, from).toReversed())
    : addressOf(sender.frame);
  const payload = data.subarray(from);
  if ((info & sealedBit) === 0) return readObjects(splitTwo(payload), model);
  const start = Buffer.concat([address, Buffer.from([0xd2, 0xfc, info])]);
  return readSealed(payload, { ...sender, model }, { start, split: splitTwo });
}

/** Others may use this service, too: what is not wholly objects is none of ours. */
function readPlainOne(data: Buffer, sender: Sender): Decoded | undefined {
  const split = splitOne(data);
  return split.isWhole && split.objects.length > 0 ? readObjects(split, sender.model) : undefined;
}

const besideOne = Buffer.from([0x11]);

function readSealedOne(data: Buffer, sender: Sender): Decoded | undefined {
  const start = Buffer.concat([addressOf(sender.frame), Buffer.from([0x1e, 0x18])]);
  return readSealed(data, sender, { start, beside: besideOne, split: splitOne });
}

interface Seal {
  /** Of the nonce, which ends with the counter. */
  readonly start: Buffer;
  readonly beside?: Buffer;
  readonly split: (payload: Buffer) => Split;
}

function readSealed(
  payload: Buffer,
  { options: { key }, model }: Sender,
  { start, beside, split }: Seal,
): Decoded {
  const tagAt = payload.length - tagBytes;
  const counterAt = tagAt - counterBytes;
  if (counterAt < 1) return failed(model, "unreadable");
  if (!key) return failed(model, "key_needed");
  const counter = payload.subarray(counterAt, tagAt);
  const opened = unseal(key, {
    nonce: Buffer.concat([start, counter]),
    sealed: payload.subarray(0, counterAt),
    tag: payload.subarray(tagAt),
    ...(beside && { beside }),
  });
  if (!opened) return failed(model, "key_wrong");
  const sequence = { value: counter.readUInt32LE(0), bits: 32 };
  return { ...readObjects(split(opened), model), sequence, isAuthentic: true };
}

function readObjects({ objects, isWhole }: Split, model: Model): Decoded {
  if (objects.length === 0 && !isWhole) return failed(model, "unreadable");
  const { observations, events, sequence, firmware } = tell(objects, model);
  const hasBattery = observations.some(({ facts: { is } }) => is === "battery");
  const facts = factsOf(hasBattery ? { ...model, sleepy: true } : model);
  return {
    facts: { ...facts, ...(firmware !== undefined && { firmware }) },
    observations,
    ...(events.length > 0 && { events }),
    ...(sequence && { sequence }),
  };
}

function failed(model: Model, problem: Problem): Decoded {
  return { facts: factsOf(model), observations: [], problem };
}

function factsOf({ manufacturer, model, sleepy }: Model): Decoded["facts"] {
  return {
    ...(manufacturer !== undefined && { manufacturer }),
    model,
    ...(sleepy === true && { sleepy }),
  };
}

function addressOf({ address }: Advertisement): Buffer {
  return Buffer.from(address, "hex");
}
