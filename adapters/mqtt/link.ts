import type { Duplex } from "node:stream";
import { MqttClient } from "mqtt";
import { LinkError, reasonOf } from "koine/adapter";
import { isTopicName, type Frame, type Request } from "./frame.ts";

export interface LinkOptions {
  readonly clientId: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

const connectTimeoutMs = 10_000;
const keepaliveS = 30;

/**
 * A connection, as an MQTT client, to the broker that the devices talk to, over a stream that is
 * open already. It never connects again by itself: that is the supervisor's business.
 */
export class Link {
  /** Resolves, to the reason, when the connection is gone. */
  readonly gone: Promise<LinkError>;
  readonly #client: MqttClient;

  constructor(stream: Duplex, { clientId, username, password }: LinkOptions) {
    this.#client = new MqttClient(() => stream, {
      clientId,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: connectTimeoutMs,
      keepalive: keepaliveS,
    });
    this.gone = goneReason(this.#client, stream);
  }

  /**
   * Resolves when the broker has accepted the client and its subscriptions.
   * @throws LinkError when it refuses, does not answer, or the connection goes meanwhile
   */
  async open(filters: readonly string[], received: (frame: Frame) => void): Promise<void> {
    this.#client.on("message", (topic, payload, { retain }) => {
      received({ topic, payload: payload.toString(), retained: retain });
    });
    const accepted = new Promise<void>((resolve) => {
      this.#client.once("connect", () => resolve());
    });
    await this.#orGone(accepted);
    // A broker cuts the connection of a client that subscribes to nothing.
    if (filters.length === 0) return;
    const granted = await this.#orGone(this.#granted(filters));
    const refused = granted.find(({ qos }) => qos === 128);
    if (refused) throw new LinkError(`The MQTT broker refuses to subscribe "${refused.topic}"`);
  }

  /**
   * Resolves when the broker took the message.
   * @throws LinkError for a topic at which a broker would cut the connection
   */
  async publish({ topic, payload }: Request): Promise<void> {
    if (!isTopicName(topic)) throw new LinkError(`No topic: ${JSON.stringify(topic)}`);
    await this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  /** @throws LinkError when the connection goes before */
  async #orGone<T>(waited: Promise<T>): Promise<T> {
    const lost = this.gone.then((error) => {
      throw error;
    });
    return Promise.race([waited, lost]);
  }

  async #granted(filters: readonly string[]): Promise<readonly { topic: string; qos: number }[]> {
    try {
      return await this.#client.subscribeAsync([...filters], { qos: 1 });
    } catch (cause) {
      throw new LinkError(`Cannot subscribe at the MQTT broker: ${reasonOf(cause)}`, { cause });
    }
  }
}

/** Resolves to the last error, or to a plain one, when the client has closed or its stream has. */
function goneReason(client: MqttClient, stream: Duplex): Promise<LinkError> {
  return new Promise((resolve) => {
    let reason = new LinkError("The MQTT broker closed the connection");
    client.on("error", (cause) => {
      reason = new LinkError(`The MQTT broker refused: ${reasonOf(cause)}`, { cause });
    });
    client.once("close", () => resolve(reason));
    // A stream that was closed before the client had it does not tell it so.
    if (stream.destroyed) resolve(reason);
  });
}
