import type { Meaning, Words } from "./words.ts";

const identity: Meaning = { skip: "Who the sender is: the identity of what was decoded" };

export const beacon: Words = {
  "*": {
    uuid: identity,
    namespace: identity,
    instance: identity,
    manufacturer: { skip: "Whose number the company has, not the maker of the beacon" },
  },
  ibeacon: {
    major: { is: "x_ibeacon_major" },
    minor: { is: "x_ibeacon_minor" },
    tx_power: { is: "x_ibeacon_measured_power" },
    txpower: { is: "x_ibeacon_measured_power" },
    measured_power: { is: "x_ibeacon_measured_power" },
  },
  altbeacon: {
    major: { is: "x_altbeacon_major" },
    minor: { is: "x_altbeacon_minor" },
    tx_power: { is: "x_altbeacon_measured_power" },
    measured_power: { is: "x_altbeacon_measured_power" },
  },
  "eddystone-uid": { tx_power: { is: "x_eddystone_tx_power" } },
  "eddystone-url": {
    tx_power: { is: "x_eddystone_tx_power" },
    url: { is: "x_eddystone_url" },
  },
  "eddystone-eid": {
    tx_power: { is: "x_eddystone_tx_power" },
    eid: { is: "x_eddystone_eid" },
  },
  "eddystone-tlm": {
    advertising_count: { is: "x_eddystone_advertising_count" },
    uptime: { is: "uptime" },
  },
  "eddystone-tlm-encrypted": {
    encrypted_data: { skip: "Ciphertext, which takes the beacon's clock to decrypt" },
  },
  "theengs:APPLEDEVICE": { unlocked: { is: "x_apple_unlocked" } },
  "theengs:APPLEWATCH": { unlocked: { is: "x_apple_unlocked" } },
  "theengs:GAEN": {
    rpi: { is: "x_gaen_rolling_identifier" },
    aem: { is: "x_gaen_encrypted_metadata" },
  },
};
