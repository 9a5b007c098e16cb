import type { Found } from "./detect.ts";

/** Somebody who may text the gateway. */
export interface Owner {
  readonly name: string;
  readonly number: string;
}

/** What a first configuration is to have. */
export interface Choices {
  /** Where everything is kept; undefined for beside the configuration. */
  readonly data: string | undefined;
  /** Whether other machines are let in, encrypted and with a password. */
  readonly isOpen: boolean;
  /** Another broker whose devices are heard, too. */
  readonly broker: string | undefined;
  readonly stick: Found | undefined;
  /** `hci0` */
  readonly controller: string | undefined;
  readonly modem: Found | undefined;
  readonly owner: Owner | undefined;
}

/** Where editors find what a configuration may say: beside it. */
export const schemaFile = "koine.schema.json";

/** A first configuration, with what each part is for; what is not there is shown as a comment. */
export function configText(choices: Choices): string {
  const { data, isOpen } = choices;
  const listen = ["tcp://127.0.0.1:1883", "ws://127.0.0.1:9001"];
  if (isOpen) listen.push("tls://0.0.0.0:8883");
  return `# yaml-language-server: $schema=./${schemaFile}
# The configuration of Koine. Every key: koine config explain. After a change: koine config check,
# then start the gateway again.

${data === undefined ? "# data: /var/lib/koine" : `data: ${quoted(data)}`}  # everything that has to survive

bus:
  # Where MQTT clients connect: ${isOpen ? "this machine; others over TLS, with a user (koine user add)" : "this machine alone. For others add tls://0.0.0.0:8883, and koine user add"}
  listen: [${listen.join(", ")}]

adapters:
${[wifiPart(choices), zigbeePart(choices), blePart(choices), smsPart(choices)].join("\n")}${dialoguePart(choices)}`;
}

function wifiPart({ broker }: Choices): string {
  const other = ["- use: wifi", "  name: other", `  source: ${broker ?? "mqtt://192.0.2.20:1883"}`];
  return `  # WiFi devices that connect to this broker: Tasmota, Shelly, ESPHome and others.
  - use: wifi
  # And those on another broker (with username: and password: !secret mqtt_password where it asks).
${part(other, broker !== undefined)}`;
}

function zigbeePart({ stick }: Choices): string {
  const lines = ["- use: zigbee", `  port: ${quoted(stick?.port ?? "/dev/serial/by-id/usb-…")}`];
  return `  # ${inComment(stick?.name ?? "A Zigbee stick on USB: ls /dev/serial/by-id")}. Devices join after: koine zigbee permit-join
${part(lines, stick !== undefined)}`;
}

function blePart({ controller }: Choices): string {
  const lines = ["- use: ble", `  controller: ${controller ?? "hci0"}`];
  return `  # Bluetooth sensors in reach appear by themselves.
${part(lines, controller !== undefined)}`;
}

function smsPart({ modem, owner }: Choices): string {
  const { name, number } = owner ?? { name: "Amina", number: "+254712345678" };
  const lines = [
    "- use: sms",
    "  modems:",
    `    - port: ${modem?.port ?? "usb:1e0e:9001"}`,
    '      # pin: !secret sim_pin   # with sim_pin: "1234" in secrets.yaml, where the SIM asks for one',
  ];
  const people = ["  people:", `    - { name: ${quoted(name)}, number: ${quoted(number)} }`];
  return `  # ${inComment(modem?.name ?? "A modem with a SIM")}, and who may text: who texts "?" is told what can be said.
${part(lines, modem !== undefined)}
${part(people, modem !== undefined && owner !== undefined)}
`;
}

function dialoguePart({ modem, owner }: Choices): string {
  if (modem === undefined || owner === undefined) return "";
  return `
dialogue:
  # Whom alarms reach first, and who may let others text.
  owners: [${quoted(owner.name)}]
`;
}

/** Lines of an entry, or what they would be. */
function part(lines: readonly string[], isThere: boolean): string {
  return lines.map((line) => (isThere ? `  ${line}` : `  # ${line}`)).join("\n");
}

/** A text as YAML takes it in any case; a plain path as it stands. */
function quoted(text: string): string {
  return /^\/[\w./-]*$/.test(text) ? text : JSON.stringify(text);
}

/** What something calls itself, for a comment: it ends with the line, whatever is in it. */
function inComment(name: string): string {
  return name.replaceAll(/[\p{C}\p{Z}]+/gu, " ");
}
