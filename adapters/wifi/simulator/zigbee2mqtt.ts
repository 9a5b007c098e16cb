import { parseScalar } from "koine/adapter";
import { Drift, parseObject, SimulatedDevice, type SimulatedWorld } from "./client.ts";
import { ZigbeeBulb, ZigbeeContact, ZigbeePlug, type ZigbeeDevice } from "./zigbee-devices.ts";

export interface Zigbee2mqttOptions {
  /** First topic level: `zigbee2mqtt` */
  readonly base: string;
  /** Addresses of the coordinator and its three devices: sixteen hexadecimal digits after `0x`. */
  readonly addresses: readonly [coordinator: string, bulb: string, contact: string, plug: string];
  readonly intervalMs: number;
}

/** Words that are a state although they are no JSON. */
const stateWords = new Set(["on", "off", "toggle", "open", "close", "stop", "lock", "unlock"]);

/** The value of one attribute: JSON, or else a word. */
function parseValue(payload: string): unknown {
  try {
    return parseScalar(payload);
  } catch {
    return payload;
  }
}

function parseWish(attribute: string | undefined, payload: string): Record<string, unknown> {
  if (attribute !== undefined) return { [attribute]: parseValue(payload) };
  if (stateWords.has(payload.toLowerCase())) return { state: payload };
  return parseObject(payload) ?? {};
}

/** A ZigBee network behind Zigbee2MQTT, as its documentation describes it. */
export class SimulatedZigbee2mqtt extends SimulatedDevice {
  readonly #options: Zigbee2mqttOptions;
  readonly #devices: readonly ZigbeeDevice[];

  constructor(world: SimulatedWorld, options: Zigbee2mqttOptions) {
    const will = { topic: `${options.base}/bridge/state`, payload: `{"state":"offline"}` };
    super(world, `${options.base}_simulated`, will, options.intervalMs);
    this.#options = options;
    const [, bulb, contact, plug] = options.addresses;
    this.#devices = [
      new ZigbeeBulb("simulated_bulb", bulb),
      new ZigbeeContact("simulated_door", contact, world.random),
      new ZigbeePlug("simulated_heater", plug, new Drift(1_200, 15, world.random)),
    ];
  }

  protected commandFilters(): string[] {
    const { base } = this.#options;
    return ["set", "get"].flatMap((verb) => [`${base}/+/${verb}`, `${base}/+/${verb}/+`]);
  }

  protected connected(): void {
    this.#say("bridge/state", { state: "online" }, true);
    this.#say("bridge/info", this.#info(), true);
    this.#say("bridge/devices", this.#list(), true);
    for (const { name } of this.#devices) {
      this.#say(`${name}/availability`, { state: "online" }, true);
    }
    this.report();
  }

  protected report(): void {
    for (const device of this.#devices) this.#tell(device);
  }

  protected live(seconds: number): void {
    for (const device of this.#devices) device.live(seconds);
  }

  protected received(topic: string, payload: string): void {
    const [name, verb, attribute] = topic.slice(this.#options.base.length + 1).split("/");
    const device = this.#devices.find((one) => one.name === name || one.address === name);
    if (!device) return;
    const wish = parseWish(attribute, payload);
    if (verb === "set") this.#set(device, wish);
    // A device answers through the air, a moment later.
    else if (device.answers(Object.keys(wish))) {
      this.world.clock.after(50, () => this.#tell(device));
    }
  }

  #set(device: ZigbeeDevice, wish: Record<string, unknown>): void {
    if (device.set(wish)) this.#tell(device);
  }

  #tell(device: ZigbeeDevice): void {
    this.#say(device.name, device.state());
  }

  #say(path: string, message: object, retain = false): void {
    this.publish(`${this.#options.base}/${path}`, JSON.stringify(message), retain);
  }

  #info(): object {
    const [coordinator] = this.#options.addresses;
    return {
      version: "2.12.1",
      commit: "simulated",
      coordinator: { ieee_address: coordinator, type: "Simulated", meta: {} },
      network: { channel: 15, pan_id: 19_279, extended_pan_id: "0x024b4f0000000000" },
      log_level: "info",
      permit_join: false,
      restart_required: false,
      config: { mqtt: { base_topic: this.#options.base }, availability: { enabled: true } },
    };
  }

  #list(): object[] {
    const [coordinator] = this.#options.addresses;
    const first = {
      ieee_address: coordinator,
      type: "Coordinator",
      network_address: 0,
      supported: true,
      friendly_name: "Coordinator",
      disabled: false,
      interviewing: false,
      interview_completed: true,
      interview_state: "SUCCESSFUL",
      endpoints: {},
    };
    return [first, ...this.#devices.map((device, index) => this.#entry(device, index + 1))];
  }

  #entry(device: ZigbeeDevice, networkAddress: number): object {
    const { address, name, model, description, isMains } = device;
    return {
      ieee_address: address,
      type: isMains ? "Router" : "EndDevice",
      network_address: networkAddress,
      supported: true,
      friendly_name: name,
      disabled: false,
      definition: {
        source: "native",
        model,
        vendor: "Simulated",
        description,
        exposes: device.exposes(),
        supports_ota: false,
        options: [],
      },
      power_source: isMains ? "Mains (single phase)" : "Battery",
      software_build_id: "1.0.0",
      model_id: model,
      interviewing: false,
      interview_completed: true,
      interview_state: "SUCCESSFUL",
      manufacturer: "Simulated",
      endpoints: {},
    };
  }
}
