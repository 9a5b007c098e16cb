import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { Bus } from "../core/bus.ts";
import type { KnownDevice, KnownDevices } from "../core/known-devices.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { AlertRule } from "../model/alert-rule.ts";
import type { AdapterStatus } from "../model/bridge.ts";
import type { Property } from "../model/description.ts";
import { slug } from "../model/identity.ts";
import type { Scalar } from "../model/scalar.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import type { Alarms, Trouble } from "./alarms.ts";
import {
  isAbout,
  propertiesOf,
  ratePerHour,
  violates,
  withSample,
  wordsFor,
  type Sample,
} from "./condition.ts";

export interface WatcherOptions {
  readonly bus: Bus;
  readonly devices: KnownDevices;
  readonly clock: Clock;
  readonly writer: PatientWriter;
  readonly alarms: Alarms;
  /** Id of the device that stands for what belongs to no other. */
  readonly gateway: string;
  /** By how much the clock went back since the last run, in ms. */
  readonly clockBackMs: number;
}

/** One thing that one rule watches. */
interface Watch {
  readonly rule: AlertRule;
  readonly device: string;
  readonly alert: string;
  readonly key: string | undefined;
  readonly property: Property | undefined;
}

/** Holds what the bus says against the rules, and says what is wrong and what came right. */
export class Watcher {
  readonly #options: WatcherOptions;
  /** Since when something is wrong that has to last, by alarm, in ms since 1970. */
  readonly #pending: KeptMap<number>;
  readonly #samples = new Map<string, readonly Sample[]>();
  readonly #adapters = new Map<string, AdapterStatus>();
  readonly #unsubscribe: () => void;
  #rules: readonly AlertRule[] = [];
  /** By device; made anew when devices or rules change. */
  #watches = new Map<string, readonly Watch[]>();
  #revision = -1;

  private constructor(options: WatcherOptions, pending: KeptMap<number>) {
    this.#options = options;
    this.#pending = pending;
    const { clockBackMs: backMs, writer } = options;
    if (backMs > 0) void writer.write(pending.map((since) => since - backMs));
    this.#unsubscribe = options.bus.subscribe(
      ["state", "availability", "bridge_adapter"],
      (message) => {
        if (message.kind !== "bridge_adapter") return this.#lookAt(message.device);
        if (message.body) this.#adapters.set(message.adapter, message.body);
        else this.#adapters.delete(message.adapter);
        this.#lookAtAdapters();
      },
    );
  }

  static async load(options: WatcherOptions & { readonly store: Store }): Promise<Watcher> {
    return new Watcher(options, await KeptMap.load(options.store, "alerts/pending/", z.number()));
  }

  stop(): void {
    this.#unsubscribe();
  }

  /** The rules are these from now on; alarms of rules that are gone are over. */
  use(rules: readonly AlertRule[]): void {
    this.#rules = rules;
    this.#revision = -1;
    const ids = new Set(rules.map((rule) => ruleId(rule)));
    this.#options.alarms.forget(({ rule }) => !ids.has(rule));
    for (const { id } of this.#options.devices.all()) this.#lookAt(id);
  }

  /** What lasts is looked at as time passes. */
  sweep(): void {
    for (const key of this.#pending.entries().map(([one]) => one)) {
      this.#lookAt(key.split("/")[0] ?? "");
    }
    this.#lookAtAdapters();
    this.#options.alarms.forget(
      ({ device }) => device !== this.#options.gateway && !this.#options.devices.get(device),
    );
  }

  #lookAt(id: string): void {
    const device = this.#options.devices.get(id);
    if (!device) return;
    for (const watch of this.#watchesOf(device)) {
      const value = watch.key === undefined ? undefined : device.state?.[watch.key];
      this.#judge(watch, this.#isWrong(watch, device), device.description.name, value);
    }
  }

  #lookAtAdapters(): void {
    for (const rule of this.#rules.filter(({ adapter }) => adapter !== undefined)) {
      for (const [name, { state, reason }] of this.#adapters) {
        if (rule.adapter !== "*" && rule.adapter !== name) continue;
        const alert = `${ruleId(rule)}-${slug(name)}`.slice(0, alertLength);
        const device = this.#options.gateway;
        const watch = { rule, device, alert, key: undefined, property: undefined };
        const isDown = state === "waiting" || state === "failed" || state === "attention";
        this.#judge(watch, isDown, name, reason);
      }
    }
  }

  #isWrong({ rule, device: id, alert, key }: Watch, device: KnownDevice): boolean | undefined {
    const { state, availability } = device;
    if (rule.offline) return availability === "unknown" ? undefined : availability === "offline";
    if (rule.stale) return state && Object.values(state._q ?? {}).includes("stale");
    if (key === undefined || !state) return undefined;
    const quality = state._q?.[key];
    // What was only commanded, or is too old, tells nothing of how things are.
    if (quality !== undefined && quality !== "estimated") return undefined;
    const value = state[key];
    if (rule.rises === undefined && rule.falls === undefined) {
      return violates(rule, value, this.#options.alarms.isRaised(id, alert));
    }
    return this.#changesFast(rule, `${id}/${key}`, value, Date.parse(state._t?.[key] ?? state._ts));
  }

  #changesFast(
    { rises, falls }: AlertRule,
    name: string,
    value: Scalar | undefined,
    atMs: number,
  ): boolean | undefined {
    if (typeof value !== "number") return undefined;
    const samples = withSample(this.#samples.get(name) ?? [], { atMs, value });
    this.#samples.set(name, samples);
    const rate = ratePerHour(samples);
    if (rate === undefined) return undefined;
    return rises === undefined ? -rate > (falls ?? Infinity) : rate > rises;
  }

  #judge(watch: Watch, isWrong: boolean | undefined, name: string, value?: Scalar): void {
    const { alarms, clock, writer } = this.#options;
    const { rule, device, alert, property } = watch;
    const key = `${device}/${alert}`;
    if (isWrong === undefined) return;
    if (!isWrong) {
      if (this.#pending.has(key)) void writer.write([this.#pending.delete(key)]);
      return alarms.ended(device, alert);
    }
    if (alarms.isRaised(device, alert)) return;
    const now = clock.now();
    const since = this.#pending.get(key) ?? now;
    if (now - since < rule.for * 1_000) {
      if (!this.#pending.has(key)) void writer.write([this.#pending.set(key, now)]);
      return;
    }
    if (this.#pending.has(key)) void writer.write([this.#pending.delete(key)]);
    const trouble: Trouble = {
      device,
      alert,
      rule: ruleId(rule),
      severity: rule.severity,
      words: wordsFor(rule, name, property, value),
      notify: rule.notify,
    };
    alarms.raise(trouble);
  }

  #watchesOf(device: KnownDevice): readonly Watch[] {
    const { devices } = this.#options;
    if (this.#revision !== devices.revision) {
      this.#revision = devices.revision;
      this.#watches = new Map();
    }
    const known = this.#watches.get(device.id);
    if (known) return known;
    const watches = this.#rules
      .filter((rule) => rule.adapter === undefined && isAbout(rule, device))
      .flatMap((rule) => watchesFor(rule, device));
    this.#watches.set(device.id, watches);
    return watches;
  }
}

/** Characters of an alert's name in its topic. */
const alertLength = 60;

function watchesFor(rule: AlertRule, device: KnownDevice): readonly Watch[] {
  const id = ruleId(rule);
  const base = { rule, device: device.id };
  if (rule.property === undefined) {
    return [{ ...base, alert: id, key: undefined, property: undefined }];
  }
  const found = propertiesOf(rule, device);
  return found.map(([key, property]) => {
    const alert = found.length === 1 ? id : `${id}-${slug(key)}`.slice(0, alertLength);
    return { ...base, alert, key, property };
  });
}

/** What names a rule: its own id, or what it says. */
export function ruleId({ id, device, property, ...rule }: AlertRule): string {
  if (id !== undefined) return id;
  const { below, above, is, rises, falls, offline, stale, adapter } = rule;
  const conditions = { below, above, is, rises, falls, offline, stale, adapter };
  const said = Object.entries(conditions).find(([, value]) => value !== undefined) ?? ["", ""];
  const words = [
    device === "*" ? "any" : device,
    property ?? "",
    said[0],
    said[1] === true ? "" : said[1],
  ];
  return slug(words.join(" ")).slice(0, ruleIdLength);
}

const ruleIdLength = 48;
