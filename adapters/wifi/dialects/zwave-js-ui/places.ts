import { below } from "../../named-peer.ts";
import type { ValueId } from "./value.ts";

/** Numbers of the command classes, by their names in topics; the others are `unknownClass_<n>`. */
const classNumbers: ReadonlyMap<string, number> = new Map([
  ["basic", 32],
  ["controller_replication", 33],
  ["application_status", 34],
  ["zip_services", 35],
  ["zip_server", 36],
  ["switch_binary", 37],
  ["switch_multilevel", 38],
  ["switch_all", 39],
  ["switch_toggle_binary", 40],
  ["switch_toggle_multilevel", 41],
  ["chimney_fan", 42],
  ["scene_activation", 43],
  ["scene_actuator_conf", 44],
  ["scene_controller_conf", 45],
  ["zip_client", 46],
  ["zip_adv_services", 47],
  ["sensor_binary", 48],
  ["sensor_multilevel", 49],
  ["meter", 50],
  ["color", 51],
  ["zip_adv_client", 52],
  ["meter_pulse", 53],
  ["thermostat_heating", 56],
  ["meter_tbl_config", 60],
  ["meter_tbl_monitor", 61],
  ["meter_tbl_pulse", 62],
  ["thermostat_mode", 64],
  ["thermostat_operating_state", 66],
  ["thermostat_setpoint", 67],
  ["thermostat_fan_mode", 68],
  ["thermostat_fan_state", 69],
  ["climate_control_schedule", 70],
  ["thermostat_setback", 71],
  ["door_lock_logging", 76],
  ["schedule_entry_lock", 78],
  ["basic_window_covering", 80],
  ["mtp_window_covering", 81],
  ["crc16_encap", 86],
  ["device_reset_locally", 90],
  ["central_scene", 91],
  ["antitheft", 93],
  ["zwave_plus_info", 94],
  ["multi_instance", 96],
  ["door_lock", 98],
  ["user_code", 99],
  ["barrier_operator", 102],
  ["configuration", 112],
  ["notification", 113],
  ["manufacturer_specific", 114],
  ["powerlevel", 115],
  ["protection", 117],
  ["lock", 118],
  ["node_naming", 119],
  ["sound_switch", 121],
  ["firmware_update_md", 122],
  ["grouping_name", 123],
  ["remote_association_activate", 124],
  ["remote_association", 125],
  ["battery", 128],
  ["clock", 129],
  ["hail", 130],
  ["wake_up", 132],
  ["association", 133],
  ["version", 134],
  ["indicator", 135],
  ["proprietary", 136],
  ["language", 137],
  ["time", 138],
  ["time_parameters", 139],
  ["geographic_location", 140],
  ["composite", 141],
  ["multi_instance_association", 142],
  ["multi_cmd", 143],
  ["energy_production", 144],
  ["manufacturer_proprietary", 145],
  ["screen_md", 146],
  ["screen_attributes", 147],
  ["simple_av_control", 148],
  ["av_content_directory_md", 149],
  ["av_renderer_status", 150],
  ["av_content_search_md", 151],
  ["security", 152],
  ["av_tagging_md", 153],
  ["ip_configuration", 154],
  ["association_command_configuration", 155],
  ["sensor_alarm", 156],
  ["silence_alarm", 157],
  ["sensor_configuration", 158],
  ["mark", 239],
  ["non_interoperable", 240],
]);

const classNames: ReadonlyMap<number, string> = new Map(
  [...classNumbers].map(([name, n]) => [n, name]),
);

/** The name that a command class has in topics. */
export function classNameOf(commandClass: number): string {
  return classNames.get(commandClass) ?? `class_${commandClass}`;
}

/** A value of a node, and the topic of that node. */
export interface Place extends ValueId {
  readonly root: string;
}

const anyClass = [...classNumbers.keys(), String.raw`unknownClass_\d{1,3}`].join("|");
const value = "([^/]+)(?:/([^/]+))?$";
// Command classes with values begin at 32; no endpoint has so high a number.
const number = String.raw`(3[2-9]|[4-9]\d|1\d\d|2[0-4]\d)/(\d{1,3})`;

/** Where a value stands below the topic of its node. */
const belowNode = [
  new RegExp(`^${number}/${value}`),
  new RegExp(String.raw`^(${anyClass})/endpoint_(\d{1,3})/` + value),
  new RegExp(`^(${anyClass})()/${value}`),
];

/**
 * How node and value divide a topic. A name may be that of a command class, too: what has an
 * endpoint behind it is one.
 */
const inTopic = [
  new RegExp(`^(.+)/(?=${number}/${value})`),
  new RegExp(String.raw`^(.+?)/(?=(?:${anyClass})/endpoint_\d)`),
  new RegExp(`^(.+?)/(?=(?:${anyClass})/)`),
];

/** Where a path below the topic of a node points to, by number or name of the command class. */
export function placeBelow(path: string, root: string): Place | undefined {
  for (const pattern of belowNode) {
    const [found, name = "", endpoint, property = "", key] = pattern.exec(path) ?? [];
    if (found === undefined) continue;
    return { root, commandClass: classOf(name), endpoint: Number(endpoint), property, key };
  }
  return undefined;
}

function classOf(name: string): number {
  return classNumbers.get(name) ?? Number(name.replace("unknownClass_", ""));
}

/** The topic of the node that a topic below one of the prefixes is about. */
export function nodeOf(topic: string, prefixes: readonly string[]): string | undefined {
  const prefix = prefixes.find((one) => below(topic, one) !== undefined);
  const rest = prefix === undefined ? undefined : below(topic, prefix);
  if (prefix === undefined || rest === undefined || rest.startsWith("_")) return undefined;
  const told = /^(.+)\/(?:status|lastActive|nodeinfo)$/.exec(rest)?.[1];
  const node = told ?? valueNodeOf(rest);
  return node === undefined ? undefined : `${prefix}/${node}`;
}

function valueNodeOf(rest: string): string | undefined {
  for (const pattern of inTopic) {
    const node = pattern.exec(rest)?.[1];
    if (node !== undefined && placeBelow(rest.slice(node.length + 1), node)) return node;
  }
  return undefined;
}
