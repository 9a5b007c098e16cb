import { parseColor, rgbOf, type Scalar } from "koine/adapter";
import { numberIn } from "../../../../reading/codec.ts";
import { stringOf, type JsonObject } from "../../../../reading/json.ts";
import { parseTemplate } from "../../../template/template.ts";
import {
  extractor,
  nearest,
  reads,
  readsNumber,
  type Description,
  type Payload,
  type Point,
} from "../point.ts";
import { scaleOf } from "./cover.ts";
import { settable } from "./sensor.ts";

/** A light whose every message is made by a template. */
export function templateLight({ config, place }: Description): readonly Point[] {
  const topic = stringOf(config["state_topic"]);
  const write = writerOf(config);
  const found: Point[] = [];
  if (config["state_template"] !== undefined || topic === undefined) {
    const read = reads(
      extractor(config, "state_template"),
      new Map([
        ["on", true],
        ["off", false],
      ]),
    );
    found.push({
      facts: { is: "onoff", ...place },
      topic,
      read,
      write: (value) => write(value === true, {}),
    });
  }
  if (config["brightness_template"] !== undefined) {
    const { decode, encode, text } = scaleOf(0, 255);
    found.push({
      facts: { is: "brightness", ...place },
      topic,
      read: readsNumber(extractor(config, "brightness_template"), decode, text),
      ...nearest(encode, decode),
      write: (value) => write(true, { brightness: encode(value) ?? 0 }),
    });
  }
  if (config["red_template"] !== undefined) found.push(color(config, place, topic, write));
  return found.map(settable);
}

type Write = (isOn: boolean, values: JsonObject) => ReturnType<NonNullable<Point["write"]>>;

function writerOf(config: JsonObject): Write {
  const topic = stringOf(config["command_topic"]);
  const [on, off] = ["command_on_template", "command_off_template"].map((key) => {
    const text = stringOf(config[key]);
    return text === undefined ? undefined : parseTemplate(text);
  });
  return (isOn, values) => {
    const payload = (isOn ? on : off)?.render({
      value: null,
      state: isOn ? "on" : "off",
      ...values,
    });
    return topic === undefined || payload === undefined ? undefined : [{ topic, payload }];
  };
}

function color(
  config: JsonObject,
  place: Description["place"],
  topic: string | undefined,
  write: Write,
): Point {
  const extracts = ["red_template", "green_template", "blue_template"].map((key) =>
    extractor(config, key),
  );
  return {
    facts: { is: "color", ...place },
    topic,
    read: (payload: Payload) => {
      const [r, g, b] = extracts.map((extract) => numberIn(extract(payload) ?? ""));
      const value = parseColor({ r: r ?? null, g: g ?? null, b: b ?? null });
      return value && { value: { ...value }, conversion: "RGB → h, s" };
    },
    write: (value: Scalar) => {
      const wished = parseColor(value);
      if (!wished) return undefined;
      const [red, green, blue] = rgbOf(wished);
      return write(true, { red, green, blue });
    },
  };
}
