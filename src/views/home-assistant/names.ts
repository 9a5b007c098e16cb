import type { Entity, Item } from "./entity.ts";

/** Words that are not written as they are spelled in a key. */
const spelled: Readonly<Record<string, string>> = {
  ap: "AP",
  aqi: "AQI",
  co: "CO",
  co2: "CO2",
  cpu: "CPU",
  hvac: "HVAC",
  ip: "IP",
  mqtt: "MQTT",
  no2: "NO2",
  ok: "OK",
  ph: "pH",
  pm1: "PM1",
  pm10: "PM10",
  pm25: "PM2.5",
  pm4: "PM4",
  ram: "RAM",
  rss: "RSS",
  rssi: "RSSI",
  sms: "SMS",
  ssid: "SSID",
  uv: "UV",
  voc: "VOC",
  wifi: "WiFi",
};

/**
 * What each entity is called beside the name of its device: null where it is what the device is
 * there for, and the only one.
 */
export function namesOf(entities: readonly Entity[]): readonly (string | null)[] {
  const mains = entities.filter(({ isMain }) => isMain === true);
  const given = new Set<string>();
  return entities.map((entity) => {
    if (mains.length === 1 && entity.isMain === true) return null;
    const name = nameOf(entity, hasOthers(entity, entities));
    const distinct = given.has(name) ? `${name} (${entity.item.key})` : name;
    given.add(distinct);
    return distinct;
  });
}

function hasOthers({ item, label, word }: Entity, all: readonly Entity[]): boolean {
  const alike = all.filter(
    (other) =>
      other.label === label && other.word === word && other.item.property.is === item.property.is,
  );
  return alike.length > 1;
}

function nameOf({ item, label, word }: Entity, isOneOfSeveral: boolean): string {
  const own = item.property.name;
  const name =
    own ?? [label ?? humanised(item.property.is), partText(item, isOneOfSeveral)].join("");
  return word === undefined ? name : `${name}: ${word.replaceAll("_", " ")}`;
}

/** The first of several is told apart, too, where there are several. */
function partText({ key, property: { is, part } }: Item, isOneOfSeveral: boolean): string {
  if (key === is && !isOneOfSeveral) return "";
  if (part === undefined || part === "1") return isOneOfSeveral ? " 1" : "";
  return ` ${part.replaceAll("_", " ")}`;
}

/** `x_tasmota_link_count` is "Link count". */
function humanised(is: string): string {
  const words = is.replace(/^x_[a-z0-9]+_/, "").split("_");
  const [first = "", ...rest] = words.map((word) => spelled[word] ?? word);
  const start = first === words[0] ? first.charAt(0).toUpperCase() + first.slice(1) : first;
  return [start, ...rest].join(" ");
}
