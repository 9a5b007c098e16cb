import { vendorProperty } from "koine/adapter";
import { number, text, words, type Codec } from "../../../reading/codec.ts";
import { TopicTable, type TopicRow } from "../../topic-table.ts";

const switched = words({ ON: true, OFF: false });
const fitted = words({ true: true, false: false });
const x = (name: string): string => vendorProperty("valetudo", name);

/** Something that is read and set on one topic, and that the vocabulary has no word for. */
function setting(topic: string, name: string, codec: Codec): TopicRow {
  const type = codec === text ? "string" : "boolean";
  return { topic, is: x(name), type, access: "rw", codec, set: `${topic}/set` };
}

/** Below the topic of the robot. */
export const topics = new TopicTable([
  {
    topic: "StatusStateAttribute/status",
    is: "vacuum_state",
    codec: words({
      error: "error",
      docked: "docked",
      idle: "idle",
      returning: "returning",
      cleaning: "cleaning",
      paused: "paused",
      manual_control: "manual_control",
      moving: "moving",
    }),
  },
  { topic: "StatusStateAttribute/flag", is: x("flag"), type: "string", codec: text },
  {
    topic: "StatusStateAttribute/error_description",
    is: "problem",
    codec: { decode: (word) => word !== "No error", says: "No error → false, else true" },
  },
  {
    topic: "StatusStateAttribute/error_description",
    is: x("error"),
    type: "string",
    kind: "diagnostic",
    codec: text,
  },
  { topic: "BatteryStateAttribute/level", is: "battery", codec: number() },
  {
    topic: "BatteryStateAttribute/status",
    is: "charging",
    codec: words({ charging: true, none: false, discharging: false, charged: false }),
  },
  { topic: "CurrentStatisticsCapability/time", is: "duration", codec: number() },
  { topic: "CurrentStatisticsCapability/area", is: "cleaned_area", codec: number({ mul: 1e-4 }) },
  { topic: "TotalStatisticsCapability/time", is: "duration", part: "total", codec: number() },
  {
    topic: "TotalStatisticsCapability/area",
    is: "cleaned_area",
    part: "total",
    codec: number({ mul: 1e-4 }),
  },
  { topic: "TotalStatisticsCapability/count", is: "count", codec: number() },
  { topic: "WifiConfigurationCapability/signal", is: "rssi", codec: number() },
  { topic: "DockStatusStateAttribute/status", is: x("dock_status"), type: "string", codec: text },
  {
    topic: "DockComponentStateAttribute/<key>",
    is: x("dock"),
    type: "string",
    codec: text,
  },
  { topic: "AttachmentStateAttribute/<key>", is: x("attached"), type: "boolean", codec: fitted },
  {
    topic: "FanSpeedControlCapability/preset",
    is: "preset",
    codec: text,
    set: "FanSpeedControlCapability/preset/set",
  },
  setting("WaterUsageControlCapability/preset", "water_usage", text),
  setting("OperationModeControlCapability/preset", "operation_mode", text),
  {
    topic: "SpeakerVolumeControlCapability/value",
    is: x("speaker_volume"),
    type: "number",
    access: "rw",
    codec: number({ decimals: 0 }),
    set: "SpeakerVolumeControlCapability/value/set",
  },
  {
    topic: "KeyLockCapability/enabled",
    is: "child_lock",
    codec: switched,
    set: "KeyLockCapability/enabled/set",
  },
  setting("CarpetModeControlCapability/enabled", "carpet_mode", switched),
  setting("ObstacleAvoidanceControlCapability/enabled", "obstacle_avoidance", switched),
  setting("PetObstacleAvoidanceControlCapability/enabled", "pet_obstacle_avoidance", switched),
  setting("CarpetSensorModeControlCapability/mode", "carpet_sensor_mode", text),
]);
