import { createHash } from "node:crypto";
import { z } from "zod";
import type { Bus } from "../core/bus.ts";
import type { KnownDevice, KnownDevices } from "../core/known-devices.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { SteadyTime } from "../core/steady-time.ts";
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
import { alertLimits as limits } from "./limits.ts";

export interface WatcherOptions {
  readonly bus: Bus;
  readonly devices: KnownDevices;
  readonly time: SteadyTime;
  readonly writer: PatientWriter;
  readonly alarms: Alarms;
  /** Id of the device that stands for what belongs to no other. */
  readonly gateway: string;
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
  /** Since when something is wrong that has to last, by alarm, in steady ms. */
  readonly #pending: KeptMap<number>;
  readonly #samples = new Map<string, readonly Sample[]>();
  readonly #adapters = new Map<string, AdapterStatus>();
  readonly #unsubscribe: () => void;
  readonly #startedMs: number;
  #rules: readonly AlertRule[] = [];
  /** By device; made anew when devices or rules change. */
  #watches = new Map<string, readonly Watch[]>();
  #revision = -1;
  /** When it is looked for what nobody watches any more, in steady ms. */
  #forgetAtMs: number | undefined;
  /** When what has to last has lasted, by alarm, in steady ms. */
  readonly #due = new Map<string, number>();

  private constructor(options: WatcherOptions, pending: KeptMap<number>) {
    this.#options = options;
    this.#pending = pending;
    this.#startedMs = options.time.now();
    for (const [key] of pending.entries()) this.#due.set(key, this.#startedMs);
    this.#unsubscribe = options.bus.subscribe(
      ["state", "availability", "bridge_adapter"],
      (message) => {
        if (message.kind !== "bridge_adapter") return this.#lookAt(message.device);
        if (!message.body || !this.#adapters.has(message.adapter)) this.#changed();
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
    this.#changed();
    const ids = new Set(rules.map((rule) => ruleId(rule)));
    this.#options.alarms.forget(({ rule }) => !ids.has(rule));
    for (const { id } of this.#options.devices.all()) this.#lookAt(id);
  }

  /** What lasts, and what changes over time, is looked at as time passes. */
  sweep(): void {
    const { time, devices } = this.#options;
    const now = time.now();
    if (this.#revision !== devices.revision) this.#renew();
    const due = new Set<string>();
    for (const [key, dueMs] of this.#due) if (now >= dueMs) due.add(deviceIn(key));
    for (const key of this.#samples.keys()) due.add(deviceIn(key));
    for (const id of due) this.#lookAt(id);
    this.#lookAtAdapters();
    if (this.#forgetAtMs !== undefined && now >= this.#forgetAtMs) this.#forget();
  }

  /** What nobody watches for any more is over: a device is renamed or gone, a rule is another now. */
  #forget(): void {
    const { devices, alarms, writer } = this.#options;
    this.#forgetAtMs = undefined;
    const watched = new Set(
      devices
        .all()
        .flatMap((device) => this.#watchesOf(device))
        .map((watch) => `${watch.device}/${watch.alert}`),
    );
    for (const { device, alert } of this.#adapterWatches()) watched.add(`${device}/${alert}`);
    alarms.forget(({ device, alert }) => !watched.has(`${device}/${alert}`));
    const gone = this.#pending.entries().filter(([key]) => !watched.has(key));
    for (const [key] of gone) this.#due.delete(key);
    void writer.write(gone.map(([key]) => this.#pending.delete(key)));
    for (const key of this.#samples.keys()) {
      if (!devices.get(deviceIn(key))) this.#samples.delete(key);
    }
  }

  /** Devices are others now, or have other properties. */
  #renew(): void {
    this.#revision = this.#options.devices.revision;
    this.#watches = new Map();
    this.#changed();
  }

  /** Something is described, or ruled, in another way: that is looked through in a while, once. */
  #changed(): void {
    const { time } = this.#options;
    // At the start not all is described yet.
    const earliest = this.#startedMs + limits.adaptersMs;
    this.#forgetAtMs ??= Math.max(time.now() + limits.forgetMs, earliest);
  }

  /** The adapters that rules are about. */
  #adapterWatches(): readonly (Watch & { readonly name: string })[] {
    const device = this.#options.gateway;
    const rules = this.#rules.filter(({ adapter }) => adapter !== undefined);
    return rules.flatMap((rule) =>
      [...this.#adapters.keys()]
        .filter((name) => rule.adapter === "*" || rule.adapter === name)
        .map((name) => {
          const alert = fitted(`${ruleId(rule)}-${slug(name)}`, alertLength);
          return { rule, device, alert, key: undefined, property: undefined, name };
        }),
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
    for (const watch of this.#adapterWatches()) {
      const { state, reason } = this.#adapters.get(watch.name) ?? {};
      // It tries again and again: only when it is there it is there.
      if (state === undefined || state === "opening") continue;
      const isDown = state === "waiting" || state === "failed" || state === "attention";
      this.#judge(watch, isDown, watch.name, reason);
    }
  }

  #isWrong({ rule, device: id, alert, key }: Watch, device: KnownDevice): boolean | undefined {
    const { state, availability } = device;
    if (rule.offline) return availability === "unknown" ? undefined : availability === "offline";
    // A link that is gone makes all values stale: that is the adapter's trouble.
    if (rule.stale && availability === "unknown") return undefined;
    if (rule.stale) return state && Object.values(state._q ?? {}).includes("stale");
    if (key === undefined || !state) return undefined;
    const quality = state._q?.[key];
    // What was only commanded, or is too old, tells nothing of how things are.
    if (quality !== undefined && quality !== "estimated") return undefined;
    const value = state[key];
    if (rule.rises === undefined && rule.falls === undefined) {
      return violates(rule, value, this.#options.alarms.isRaised(id, alert));
    }
    return this.#changesFast(rule, `${id}/${key}`, value);
  }

  #changesFast(
    { rises, falls }: AlertRule,
    name: string,
    value: Scalar | undefined,
  ): boolean | undefined {
    if (typeof value !== "number") return undefined;
    const atMs = this.#options.time.now();
    const samples = withSample(this.#samples.get(name) ?? [], { atMs, value });
    this.#samples.set(name, samples);
    const rate = ratePerHour(samples);
    if (rate === undefined) return undefined;
    return rises === undefined ? -rate > (falls ?? Infinity) : rate > rises;
  }

  #judge(watch: Watch, isWrong: boolean | undefined, name: string, value?: Scalar): void {
    const { alarms, time, writer } = this.#options;
    const { rule, device, alert, property } = watch;
    const key = `${device}/${alert}`;
    if (isWrong === undefined) return;
    if (!isWrong) {
      this.#due.delete(key);
      if (this.#pending.has(key)) void writer.write([this.#pending.delete(key)]);
      return alarms.ended(device, alert);
    }
    if (alarms.isRaised(device, alert)) return;
    const now = time.now();
    const since = this.#pending.get(key) ?? now;
    // A link that is gone says first that values are old, and then that nobody knows of the device.
    const lastsMs = Math.max(rule.for * 1_000, rule.stale ? limits.staleMs : 0);
    if (now - since < lastsMs) {
      this.#due.set(key, since + lastsMs);
      if (!this.#pending.has(key)) void writer.write([this.#pending.set(key, now)]);
      return;
    }
    const trouble: Trouble = {
      device,
      alert,
      rule: ruleId(rule),
      severity: rule.severity,
      words: wordsFor(rule, name, property, value),
      notify: rule.notify,
    };
    if (alarms.raise(trouble)) {
      this.#due.delete(key);
      if (this.#pending.has(key)) void writer.write([this.#pending.delete(key)]);
      return;
    }
    // There is no room for it now: it is tried again in a while.
    this.#due.set(key, now + limits.nobodyMs);
    if (!this.#pending.has(key)) void writer.write([this.#pending.set(key, since)]);
  }

  #watchesOf(device: KnownDevice): readonly Watch[] {
    const { devices } = this.#options;
    if (this.#revision !== devices.revision) this.#renew();
    const known = this.#watches.get(device.id);
    if (known) return known;
    const watches = this.#rules
      .filter((rule) => rule.adapter === undefined && isAbout(rule, device))
      .flatMap((rule) => watchesFor(rule, device));
    this.#watches.set(device.id, watches);
    return watches;
  }
}

/** Characters of an alert's name in its topic, and of what is made of a rule's words. */
const [alertLength, wordsLength, hashLength] = [60, 40, 6];

function watchesFor(rule: AlertRule, device: KnownDevice): readonly Watch[] {
  const id = ruleId(rule);
  const base = { rule, device: device.id };
  if (rule.property === undefined) {
    return [{ ...base, alert: id, key: undefined, property: undefined }];
  }
  return propertiesOf(rule, device).map(([key, property]) => {
    const alert = key === rule.property ? id : fitted(`${id}-${slug(key)}`, alertLength);
    return { ...base, alert, key, property };
  });
}

/** What names a rule: its own id, or what it says. */
export function ruleId({ id, ...rule }: AlertRule): string {
  if (id !== undefined) return id;
  const { device, property, below, above, is, rises, falls, offline, stale, adapter } = rule;
  const conditions = { below, above, is, rises, falls, offline, stale, adapter };
  const said = Object.entries(conditions).find(([, value]) => value !== undefined) ?? ["", ""];
  const words = [
    device === "*" ? "any" : device,
    property,
    said[0],
    said[1] === true ? "" : said[1],
  ];
  return `${slug(words.join(" ")).slice(0, wordsLength)}-${hash(JSON.stringify(rule))}`;
}

/** A text that is cut where it is too long, and still another than others that begin so. */
function fitted(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - hashLength - 1)}-${hash(text)}`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, hashLength);
}

function splitKey(key: string): [device: string, alert: string] {
  const [device = "", alert = ""] = key.split("/");
  return [device, alert];
}

function deviceIn(key: string): string {
  return splitKey(key)[0];
}
