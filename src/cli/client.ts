import { rootCertificates } from "node:tls";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import type { Clock } from "../clock.ts";
import { isKoineError, LinkError, reasonOf } from "../errors.ts";
import { limits } from "../limits.ts";
import { withoutPassword } from "../log-redaction.ts";
import { parseJson } from "../model/parse.ts";
import { encodeTopic, majorVersion, parseTopic, type Address } from "../model/topic.ts";

/** One message of the schema, as a client sees it. */
export interface Seen {
  readonly address: Address;
  /** Undefined when a retained topic was deleted. */
  readonly body: unknown;
  readonly retained: boolean;
}

export interface ClientOptions {
  readonly url: string;
  readonly root: string;
  readonly clock: Clock;
  /** How long a device may take to answer a command, in seconds. */
  readonly commandTimeoutS: number;
  /** Who vouches for the gateway, beside those the system trusts; PEM. */
  readonly ca?: string | undefined;
}

/** The command line as a client of a running gateway. */
export class Client {
  readonly #mqtt: MqttClient;
  readonly #options: ClientOptions;
  readonly #listeners = new Set<(seen: Seen) => void>();
  /** Rejects when the connection is gone. */
  readonly #lost: Promise<never>;

  private constructor(mqtt: MqttClient, options: ClientOptions) {
    this.#mqtt = mqtt;
    this.#options = options;
    this.#lost = new Promise((_, reject) => {
      mqtt.once("close", () => reject(new LinkError("The gateway closed the connection")));
    });
    // Whoever waits for something is told; nobody else has to be.
    this.#lost.catch(() => {});
    mqtt.on("message", (topic, payload, { retain }) => {
      const seen = read(options.root, topic, payload.toString(), retain);
      if (seen) for (const listener of this.#listeners) listener(seen);
    });
  }

  /** How long a device may take to answer a command, in seconds. */
  get commandTimeoutS(): number {
    return this.#options.commandTimeoutS;
  }

  /** @throws LinkError when no broker answers at the URL */
  static async connect(options: ClientOptions): Promise<Client> {
    try {
      const wanted: IClientOptions = {
        protocolVersion: 4,
        reconnectPeriod: 0,
        connectTimeout: limits.cliConnectMs,
        ...(options.ca !== undefined && { ca: [...rootCertificates, options.ca] }),
      };
      // One that closes the connection without a word is not waited for.
      const mqtt = await connectAsync(options.url, wanted, false);
      return new Client(mqtt, options);
    } catch (cause) {
      throw new LinkError(
        `Cannot reach Koine at ${withoutPassword(options.url)}: ${reasonOf(cause)}. ${hintFor(cause)}`,
        { cause },
      );
    }
  }

  /** Calls `listener` for everything below a topic of the schema, such as `wifi-0123/result`. */
  async listen(below: string, listener: (seen: Seen) => void): Promise<void> {
    this.#listeners.add(listener);
    await this.#mqtt.subscribeAsync(`${this.#options.root}/${majorVersion}/${below}`, { qos: 1 });
  }

  /** The next message on a topic or filter outside the schema, too. */
  async next(filter: string): Promise<{ readonly topic: string; readonly payload: string }> {
    const heard = new Promise<{ topic: string; payload: string }>((resolve) => {
      this.#mqtt.once("message", (topic, payload) => {
        resolve({ topic, payload: payload.toString() });
      });
    });
    const granted = await this.#mqtt.subscribeAsync(filter, { qos: 1 });
    if (granted.some(({ qos }) => qos === 128)) {
      throw new LinkError(`The gateway does not let this user listen to "${filter}"`);
    }
    return heard;
  }

  /**
   * The retained body of one topic.
   * @returns undefined when there is none
   */
  async retained(below: string): Promise<unknown> {
    const heard = new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(limits.cliRetainedMs, () => resolve(undefined));
      const listener = (seen: Seen): void => {
        if (encodeTopic("", seen.address) !== `/${majorVersion}/${below}`) return;
        timer.cancel();
        this.#listeners.delete(listener);
        resolve(seen.body);
      };
      this.listen(below, listener).catch(reject);
    });
    return this.orLost(heard);
  }

  async publish(address: Address, payload: string): Promise<void> {
    await this.#mqtt.publishAsync(encodeTopic(this.#options.root, address), payload, { qos: 1 });
  }

  /**
   * What is waited for, unless the gateway goes first.
   * @throws LinkError when the connection is gone
   */
  orLost<T>(waited: Promise<T>): Promise<T> {
    return Promise.race([waited, this.#lost]);
  }

  async close(): Promise<void> {
    await this.#mqtt.endAsync();
  }
}

/** What may help, by what went wrong. */
function hintFor(cause: unknown): string {
  const reason = reasonOf(cause);
  if (/not authori[sz]ed|password/i.test(reason)) {
    return "Name a user: --url mqtts://user:password@host:port";
  }
  if (/certificate|altnames/i.test(reason)) return '"koine cert" shows which one the gateway has';
  return 'Is "koine run" running?';
}

function read(root: string, topic: string, text: string, retained: boolean): Seen | undefined {
  try {
    const address = parseTopic(root, topic);
    return { address, body: bodyOf(address, text), retained };
  } catch (error) {
    if (isKoineError(error, "protocol")) return undefined;
    throw error;
  }
}

function bodyOf({ kind }: Address, text: string): unknown {
  if (text === "") return undefined;
  if (kind === "availability" || kind === "bridge_availability") return text;
  return parseJson(text, kind);
}
