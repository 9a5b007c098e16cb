import { pointSchema, type Point, type PointText } from "./point.ts";

/* Bluetooth SIG Assigned Numbers, 3.4 and 3.8. */
const battery: readonly PointText[] = [
  {
    is: "battery",
    service: "180f",
    characteristic: "2a19",
    every: 86_400,
    subscribe: true,
  },
];

const deviceInformation: readonly PointText[] = [
  {
    is: "firmware",
    service: "180a",
    characteristic: "2a26",
    as: "text",
    every: 2_592_000,
  },
  {
    is: "x_ble_serial_number",
    service: "180a",
    characteristic: "2a25",
    as: "text",
    every: 2_592_000,
  },
];

/**
 * A SwitchBot Bot without a password: github.com/OpenWonderLabs/SwitchBotAPI-BLE, device types, Bot.
 * It answers each command with a byte that says how it went; 01 is done.
 */
const bot = {
  service: "cba20d00-224d-11e6-9fb8-0002a5d5c51b",
  command: "cba20002-224d-11e6-9fb8-0002a5d5c51b",
  answer: {
    characteristic: "cba20003-224d-11e6-9fb8-0002a5d5c51b",
    ok: ["01"],
  },
};

const switchbotBot: readonly PointText[] = [
  {
    is: "onoff",
    service: bot.service,
    characteristic: bot.command,
    as: "hex",
    read: false,
    write: "unconfirmed",
    writes: { true: "570101", false: "570102" },
    answer: bot.answer,
  },
];

const switchbotPress: readonly PointText[] = [
  {
    is: "x_switchbot_press",
    service: bot.service,
    characteristic: bot.command,
    as: "hex",
    read: false,
    write: "unconfirmed",
    writes: { true: "570100" },
    answer: bot.answer,
  },
];

/** Profiles that come with Koine, by the name that the configuration gives. */
const texts = {
  battery,
  "device-information": deviceInformation,
  "switchbot-bot": switchbotBot,
  "switchbot-bot-press": switchbotPress,
} as const;

type ProfileName = keyof typeof texts;
export const profileNames = Object.keys(texts).filter(isProfile);

function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(texts, name);
}

/** The points of a profile. */
export function profileOf(name: ProfileName): readonly Point[] {
  return texts[name].map((text) => pointSchema.parse(text));
}
