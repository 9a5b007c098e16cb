import { assert, asyncProperty, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { adapterKinds } from "../../../src/adapters.ts";
import { loadConfig, type LoadedConfig } from "../../../src/config/load.ts";
import { configText, type Choices } from "../../../src/setup/config-text.ts";

const nothing: Choices = {
  data: undefined,
  isOpen: false,
  broker: undefined,
  stick: undefined,
  controller: undefined,
  modem: undefined,
  owner: undefined,
};
const everything: Choices = {
  data: "/var/lib/koine",
  isOpen: true,
  broker: "mqtt://192.0.2.20:1883",
  stick: { name: "Zigbee stick of ITead", port: "/dev/serial/by-id/usb-ITead_Sonoff-if00-port0" },
  controller: "hci1",
  modem: { name: "A modem (SIMCom)", port: "usb:1e0e:9001" },
  owner: { name: "Amina", number: "+254712345678" },
};

function load(choices: Choices): Promise<LoadedConfig> {
  return loadConfig({ text: configText(choices), env: {}, kinds: adapterKinds });
}

/** The text with every line in force that is shown as what could be. */
function uncommented(text: string): string {
  const from = text.indexOf("adapters:");
  return text.slice(0, from) + text.slice(from).replaceAll(/^( *)# (?=-|  )/gm, "$1");
}

describe("a first configuration", () => {
  test("of a machine with nothing has WiFi devices", async () => {
    const { adapters, config } = await load(nothing);
    expect(adapters.map(({ name }) => name)).toEqual(["wifi"]);
    expect(config.bus.listen.map(({ host }) => host)).toEqual(["127.0.0.1", "127.0.0.1"]);
  });

  test("of a machine with everything has everything", async () => {
    const { adapters, config } = await load(everything);
    expect(adapters.map(({ name }) => name)).toEqual(["wifi", "other", "zigbee", "ble", "sms"]);
    expect(adapters[2]?.config).toMatchObject({ port: everything.stick?.port });
    expect(adapters[3]?.config).toMatchObject({ controller: "hci1" });
    expect(config).toMatchObject({ data: "/var/lib/koine", dialogue: { owners: ["Amina"] } });
    expect(config.bus.listen).toContainEqual({ protocol: "tls", host: "0.0.0.0", port: 8883 });
  });

  test("what it shows as comments can be used as it stands", async () => {
    const text = uncommented(configText(nothing)).replace("pin: !secret sim_pin", "pin: '1234'");
    const { adapters } = await loadConfig({ text, env: {}, kinds: adapterKinds });
    expect(adapters.map(({ name }) => name)).toEqual(["wifi", "other", "zigbee", "ble", "sms"]);
  });

  test.each(["true", "null", "No", "1e3", "a:", "~"])(
    "takes somebody who is called %s",
    async (name) => {
      const { config } = await load({ ...everything, owner: { name, number: "+254712345678" } });
      expect(config.dialogue.owners).toEqual([name]);
    },
  );

  test("takes whatever people are called, and wherever things are", async () => {
    const word = string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    const name = word.map((text) => text.trim()).filter((text) => text !== "");
    await assert(
      asyncProperty(name, word, async (owner, path) => {
        const port = `/dev/${path}`;
        const { adapters, config } = await load({
          ...everything,
          stick: { name: `${owner}\n  - use: nothing`, port },
          owner: { name: owner, number: "+254712345678" },
        });
        expect(config.dialogue.owners).toEqual([owner]);
        expect(adapters[2]?.config).toMatchObject({ port });
      }),
      { numRuns: 60 },
    );
  });
});
