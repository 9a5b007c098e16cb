import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { configSchema as bleSchema, deviceSchema, relaySchema } from "../../adapters/ble/config.ts";
import { decoders } from "../../adapters/ble/decoders/families.ts";
import { pointSchema } from "../../adapters/ble/gatt/point.ts";
import { profileNames } from "../../adapters/ble/gatt/profiles.ts";
import { refusals } from "../../adapters/ble/reception.ts";
import { tools as bleTools } from "../../adapters/ble/tools.ts";
import { dialects } from "../../adapters/wifi/dialects/index.ts";
import { configSchema as wifiSchema } from "../../adapters/wifi/config.ts";
import { configSchema as smsSchema } from "../../adapters/sms/config.ts";
import { configSchema as zigbeeSchema } from "../../adapters/zigbee/config.ts";
import { configSchema } from "../../src/config/schema.ts";
import { deviceRequests, type DeviceRequestsOptions } from "../../src/core/device-requests.ts";
import { commandErrorCodes } from "../../src/errors.ts";
import { jsonSchemas } from "../../src/model/payloads.ts";
import { resultStatuses } from "../../src/model/result.ts";
import { availabilities, qualities } from "../../src/model/state.ts";
import {
  anchorsOf,
  configTable,
  familiesTable,
  generatedPart,
  vocabularyTable,
} from "../support/docs.ts";

const root = new URL("../../", import.meta.url);

function read(file: string): string {
  return readFileSync(new URL(file, root), "utf8");
}

/** How a dialect is called where people read of it. */
function inDocument(dialect: string): string {
  const names: Readonly<Record<string, string>> = {
    "shelly-gen1": "shellygeneration1",
    "shelly-gen2": "shellygenerations2",
    "home-assistant": "describedforhomeassistant",
    generic: "amapping",
  };
  return names[dialect] ?? dialect.replaceAll("-", "");
}

/** As it begins in the tables of topics. */
function topicOf(kind: string): string {
  return `\n| \`${kind.replace("_", "/")}`;
}

describe("the documents agree with the code:", () => {
  test.each([
    ["docs/configuration.md", "koine.yaml", configSchema],
    ["adapters/wifi/README.md", "wifi", wifiSchema],
    ["adapters/zigbee/README.md", "zigbee", zigbeeSchema],
    ["adapters/sms/README.md", "sms", smsSchema],
    ["adapters/ble/README.md", "ble", bleSchema],
    ["adapters/ble/README.md", "device", deviceSchema],
    ["adapters/ble/README.md", "relay", relaySchema],
    ["docs/devices-ble.md", "point", pointSchema],
  ])("the table of keys in %s", (file, name, schema) => {
    const table = configTable(schema);
    expect(generatedPart(file, name, table)).toBe(table);
  });

  test("the table of names in docs/vocabulary.md", () => {
    const table = vocabularyTable();
    expect(generatedPart("docs/vocabulary.md", "vocabulary", table)).toBe(table);
  });

  test("docs/devices-wifi.md tells of every dialect", () => {
    const text = read("docs/devices-wifi.md")
      .toLowerCase()
      .replace(/[^a-z0-9]/g, "");
    const missing = dialects.filter(({ name }) => !text.includes(inDocument(name)));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  test("the table of families in docs/devices-ble.md", () => {
    const table = familiesTable(decoders);
    expect(generatedPart("docs/devices-ble.md", "families", table)).toBe(table);
  });

  test("README.md says how many families there are", () => {
    expect(read("README.md")).toContain(`senders of ${decoders.length} families`);
  });

  test("docs/devices-ble.md tells of every profile and every state of reception", () => {
    const text = read("docs/devices-ble.md");
    const words = [...profileNames, "good", ...Object.keys(refusals)];
    expect(words.filter((word) => !text.includes(`\n| \`${word}\` |`))).toEqual([]);
  });

  test("adapters/ble/README.md tells of every tool", () => {
    const text = read("adapters/ble/README.md");
    expect(Object.keys(bleTools).filter((name) => !text.includes(`koine ble ${name}`))).toEqual([]);
  });

  test("docs/topics.md names every status, code, quality and availability", () => {
    const text = read("docs/topics.md");
    const words = [...resultStatuses, ...commandErrorCodes, ...qualities, ...availabilities];
    const missing = words.filter((word) => word !== "good" && !text.includes(`\`${word}\``));
    expect(missing).toEqual([]);
  });

  test("docs/topics.md names every request and every topic of the bridge", () => {
    const text = read("docs/topics.md");
    const verbs = ["info", ...Object.keys(deviceRequests({} as DeviceRequestsOptions))];
    const topics = [...jsonSchemas().keys()].filter((kind) => kind.startsWith("bridge_"));
    const words = [...verbs.map((verb) => `\n| \`${verb}\` |`), ...topics.map(topicOf)];
    expect(words.filter((word) => !text.includes(word))).toEqual([]);
  });

  test("README.md names every command", () => {
    const text = read("README.md");
    const { stdout } = spawnSync(process.execPath, ["dist/src/main.js", "--help"], {
      cwd: root,
      encoding: "utf8",
    });
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name);
    expect(commands.length).toBeGreaterThan(8);
    expect(commands.filter((name) => !text.includes(`koine ${name}`))).toEqual([]);
  });

  test("every adapter has a README with the same headings", () => {
    const folder = new URL("adapters/", root);
    // The others are what adapters stand on.
    const adapters = readdirSync(folder).filter((name) =>
      existsSync(new URL(`${name}/index.ts`, folder)),
    );
    expect(adapters).toEqual(["ble", "sms", "wifi", "zigbee"]);
    for (const adapter of adapters) {
      const headings = read(`adapters/${adapter}/README.md`).match(/^## .*/gm);
      expect(headings).toEqual(
        expect.arrayContaining([
          "## What it speaks",
          "## Configuration",
          "## Limits",
          "## Known faults",
        ]) as string[],
      );
    }
  });

  test("no document links to a file, or to a heading, that is not there", () => {
    const documents = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md"));
    const broken = [
      "README.md",
      "CONTRIBUTING.md",
      "adapters/ble/README.md",
      "adapters/sms/README.md",
      "adapters/wifi/README.md",
      "adapters/zigbee/README.md",
      ...documents.map((name) => `docs/${name}`),
    ].flatMap((file) => brokenLinks(file).map((link) => `${file} → ${link}`));
    expect(broken).toEqual([]);
  });
});

/** Links of a document that lead nowhere in this repository. */
function brokenLinks(file: string): readonly string[] {
  const links = read(file).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g);
  return [...links].flatMap(([link, target = "", heading]) => {
    const url = target === "" ? new URL(file, root) : new URL(target, new URL(file, root));
    if (!existsSync(url)) return [link];
    if (heading === undefined || !url.pathname.endsWith(".md")) return [];
    return anchorsOf(readFileSync(url, "utf8")).has(heading) ? [] : [link];
  });
}
