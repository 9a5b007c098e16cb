import type { Duplex } from "node:stream";
import { MqttClient } from "mqtt";
import { LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";

const keepaliveS = 30;

/**
 * The MQTT client that publishes what Home Assistant is told, over a stream that is open already. It
 * never connects again by itself.
 */
export class DiscoveryClient {
  readonly #client: MqttClient;
  /** Whoever waits for something that does not come when the connection is gone. */
  readonly #waiting = new Set<(reason: LinkError) => void>();
  #gone: LinkError | undefined;

  constructor(stream: Duplex, clientId: string) {
    this.#client = new MqttClient(() => stream, {
      clientId,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: limits.mqttDialMs,
      keepalive: keepaliveS,
    });
    let reason = new LinkError("The MQTT broker closed the connection");
    this.#client.on("error", (cause) => {
      reason = lost(cause);
    });
    this.#client.once("close", () => this.#end(reason));
    // A stream that was closed before the client had it does not tell it so.
    if (stream.destroyed) this.#end(reason);
  }

  /**
   * Resolves when the broker has accepted the client. That it may listen as well is not demanded.
   * @param heard called with each message on `topic`
   * @throws LinkError
   */
  async open(topic: string, heard: (payload: string) => void): Promise<void> {
    this.#client.on("message", (_, payload) => heard(payload.toString()));
    const accepted = new Promise<void>((resolve) => {
      this.#client.once("connect", () => resolve());
    });
    await this.orGone(accepted);
    await this.orGone(this.#client.subscribeAsync(topic, { qos: 1 }).catch(ignore));
  }

  /**
   * Resolves when the broker keeps the message; an empty one deletes the topic.
   * @throws LinkError
   */
  async publish(topic: string, payload: string): Promise<void> {
    await this.orGone(this.#client.publishAsync(topic, payload, { qos: 1, retain: true }));
  }

  /**
   * What is waited for, while there is a connection.
   * @throws LinkError when it goes before
   */
  async orGone<T>(waited: Promise<T>): Promise<T> {
    if (this.#gone) {
      // It fails as well, later.
      waited.catch(ignore);
      throw this.#gone;
    }
    let giveUp: (reason: LinkError) => void = ignore;
    const gone = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([waited, gone]);
    } catch (cause) {
      throw cause instanceof LinkError ? cause : lost(cause);
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  async close(): Promise<void> {
    await this.#client.endAsync(true);
  }

  #end(reason: LinkError): void {
    this.#gone = reason;
    for (const giveUp of this.#waiting) giveUp(reason);
  }
}

function ignore(): void {}

function lost(cause: unknown): LinkError {
  return new LinkError(`The MQTT broker refused: ${reasonOf(cause)}`, { cause });
}
