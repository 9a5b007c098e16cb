import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Clock, Timer } from "../../clock.ts";
import { Backoff } from "../../core/backoff.ts";
import type { Bus } from "../../core/bus.ts";
import type { Logger } from "../../core/logger.ts";
import { PatientWriter } from "../../core/patient-writer.ts";
import type { Counters } from "../../counters.ts";
import { isKoineError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Description } from "../../model/description.ts";
import type { Store } from "../../store/store.ts";
import { DiscoveryClient } from "./client.ts";
import { discoveryOf, type Discovery, type DiscoveryOptions } from "./discovery.ts";
import { Published } from "./published.ts";

export interface PublisherOptions extends DiscoveryOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly openMqtt: (signal: AbortSignal) => Promise<Duplex>;
  /** Whether what the broker acknowledged is there for sure after a new connection. */
  readonly isKept: boolean;
  readonly isEnabled: boolean;
  /** First segment of the topics that Home Assistant reads. */
  readonly prefix: string;
  /** Where it says that it has started. */
  readonly statusTopic: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: Counters;
  readonly log: Logger;
}

/**
 * Tells Home Assistant of every device on the bus, by retained messages, and of its end. What it
 * has told it remembers: nothing stays behind that no device stands for, whatever was switched off,
 * renamed or restarted in between.
 */
export class HomeAssistantPublisher {
  readonly #options: PublisherOptions;
  readonly #published: Published;
  readonly #writer: PatientWriter;
  readonly #backoff: Backoff;
  readonly #ending = new AbortController();
  readonly #unsubscribe: () => void;
  /** Every device on the bus, by its topic. */
  readonly #devices = new Map<string, Description>();
  /** Topics to look at, and whether they are published also when nothing has changed. */
  readonly #due = new Map<string, boolean>();
  #wake: () => void = () => {};
  #again: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #isLost = false;

  private constructor(options: PublisherOptions, writer: PatientWriter, published: Published) {
    this.#options = options;
    this.#writer = writer;
    this.#published = published;
    this.#backoff = new Backoff(options.random);
    this.#unsubscribe = options.bus.subscribe(["description"], ({ device, body }, scope) => {
      if (options.isEnabled && scope === "public") this.#described(device, body);
    });
  }

  /** Learns what earlier runs have published, and listens from then on. */
  static async load(options: PublisherOptions): Promise<HomeAssistantPublisher> {
    const writer = new PatientWriter(options);
    const published = await Published.load(options.store, writer);
    return new HomeAssistantPublisher(options, writer, published);
  }

  /** Called when every device of earlier runs was described: the others are no more. */
  start(): void {
    for (const topic of this.#published.topics()) this.#look(topic);
    this.#running = this.#run(this.#ending.signal);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#again?.cancel();
    this.#ending.abort();
    await this.#running;
    await this.#writer.flush();
  }

  #described(device: string, body: Description | undefined): void {
    const topic = this.#topicOf(device);
    const hadSomething = hasSomething(this.#devices.get(topic));
    if (body === undefined) this.#devices.delete(topic);
    else if (this.#devices.has(topic) || this.#devices.size < limits.discoveryDevices) {
      this.#devices.set(topic, body);
    } else {
      this.#options.counters.add("dropped.discovery_devices");
      return;
    }
    this.#look(topic);
    if (hadSomething !== hasSomething(body)) this.#lookBehind(device);
  }

  /** What is reached over a device names it only while it is told of. */
  #lookBehind(device: string): void {
    for (const [topic, { via }] of this.#devices) if (via === device) this.#look(topic);
  }

  #topicOf(device: string): string {
    return `${this.#options.prefix}/device/${device}/config`;
  }

  #look(topic: string, isForced = false): void {
    this.#due.set(topic, isForced || this.#due.get(topic) === true);
    this.#wake();
  }

  #lookAtAll(): void {
    for (const topic of this.#devices.keys()) this.#look(topic, true);
  }

  /** Connects again and again; where nothing is to be told any more, not at all. */
  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (this.#options.isEnabled || this.#due.size > 0)) {
      try {
        await this.#session(signal);
      } catch (err) {
        if (signal.aborted) return;
        if (!isKoineError(err, "link")) throw err;
        this.#lost(err);
        await this.#options.clock.sleep(this.#backoff.next(), signal).catch(() => {});
      }
    }
  }

  async #session(signal: AbortSignal): Promise<void> {
    const { openMqtt, gatewayId, statusTopic, isKept } = this.#options;
    const client = new DiscoveryClient(await openMqtt(signal), `koine-${gatewayId}-home-assistant`);
    const abort = (): void => void client.close();
    signal.addEventListener("abort", abort);
    try {
      await client.open(statusTopic, (payload) => this.#heard(payload));
      this.#found();
      if (!isKept) this.#lookAtAll();
      await this.#tell(client, signal);
    } finally {
      signal.removeEventListener("abort", abort);
      await client.close();
    }
  }

  #lost(err: unknown): void {
    this.#options.counters.add("discovery.links_lost");
    if (!this.#isLost) this.#options.log.warn({ err }, "Home Assistant cannot be told of devices");
    this.#isLost = true;
  }

  #found(): void {
    this.#backoff.reset();
    if (this.#isLost) this.#options.log.info({}, "Home Assistant is told of devices again");
    this.#isLost = false;
  }

  /** Home Assistant has started: it is told all again, at a moment of chance. */
  #heard(status: string): void {
    const { clock, random } = this.#options;
    if (status !== "online" || this.#again) return;
    this.#again = clock.after(random() * limits.discoveryAgainMs, () => {
      this.#again = undefined;
      this.#lookAtAll();
    });
  }

  /** Works off what is due, and waits for more. */
  async #tell(client: DiscoveryClient, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const [next] = this.#due;
      if (next) await this.#tellOf(client, ...next);
      else if (this.#options.isEnabled) await client.orGone(this.#more());
      else return;
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #tellOf(client: DiscoveryClient, topic: string, isForced: boolean): Promise<void> {
    this.#due.delete(topic);
    try {
      const discovery = this.#discoveryOf(topic);
      if (discovery) await this.#publish(client, topic, discovery, isForced);
      else await this.#delete(client, topic);
    } catch (error) {
      this.#look(topic, isForced);
      throw error;
    }
  }

  /** What is to be told under a topic; nothing of a device that has nothing. */
  #discoveryOf(topic: string): Discovery | undefined {
    const description = this.#devices.get(topic);
    if (!description) return undefined;
    const { via, ...rest } = description;
    const isOver = via !== undefined && hasSomething(this.#devices.get(this.#topicOf(via)));
    const discovery = discoveryOf(isOver ? description : rest, this.#options);
    return Object.keys(discovery.components).length > 0 ? discovery : undefined;
  }

  async #delete(client: DiscoveryClient, topic: string): Promise<void> {
    if (!this.#published.get(topic)) return;
    await client.publish(topic, "");
    await this.#published.delete(topic);
  }

  async #publish(
    client: DiscoveryClient,
    topic: string,
    discovery: Discovery,
    isForced: boolean,
  ): Promise<void> {
    const text = JSON.stringify(discovery);
    const known = this.#published.get(topic);
    const hash = createHash("sha256").update(text).digest("base64url");
    if (known?.hash === hash && !isForced) return;
    if (this.#isTooLarge(topic, text)) return;
    const components = platformsOf(discovery);
    // What is on the disk first can be deleted, whatever happens next.
    if (!known) await this.#published.set(topic, { hash: "", components });
    const ended = endedComponents(known?.components ?? {}, components);
    if (ended) await client.publish(topic, JSON.stringify(withEnded(discovery, ended)));
    await client.publish(topic, text);
    await this.#published.set(topic, { hash, components });
  }

  #isTooLarge(topic: string, text: string): boolean {
    const bytes = Buffer.byteLength(text);
    if (bytes <= limits.discoveryBytes) return false;
    this.#options.counters.add("dropped.discovery_configs");
    this.#options.log.warn({ topic, bytes }, "device has too much for Home Assistant");
    return true;
  }
}

type Platforms = Readonly<Record<string, string>>;

function hasSomething(description: Description | undefined): boolean {
  return description !== undefined && Object.keys(description.properties).length > 0;
}

function platformsOf({ components }: Discovery): Platforms {
  return Object.fromEntries(Object.entries(components).map(([id, { platform }]) => [id, platform]));
}

/** Entities that were told of and are no more. */
function endedComponents(before: Platforms, now: Platforms): Platforms | undefined {
  const ended = Object.entries(before).filter(([id]) => !Object.hasOwn(now, id));
  return ended.length > 0 ? Object.fromEntries(ended) : undefined;
}

/** An entity that is merely left out would stay; one that has nothing but its platform goes. */
function withEnded(discovery: Discovery, ended: Platforms): Discovery {
  const marks = Object.entries(ended).map(([id, platform]) => [id, { platform }] as const);
  return {
    ...discovery,
    components: { ...discovery.components, ...Object.fromEntries(marks) },
  };
}
