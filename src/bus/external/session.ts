import type { Duplex } from "node:stream";
import { MqttClient, type IClientOptions } from "mqtt";
import { LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Arrival, Done } from "./inbox.ts";
import type { Publication } from "./publication.ts";

export interface SessionOptions {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  readonly will: NonNullable<IClientOptions["will"]>;
  /** Called for each message, in turn: the next one comes when this one is done. */
  readonly take: (arrival: Arrival, done: Done) => void;
}

/** One connection to a broker, from CONNECT to its end, over a stream that is open already. */
export class Session {
  /** Resolves, to the reason, when the connection is gone. */
  readonly gone: Promise<LinkError>;
  readonly #stream: Duplex;
  readonly #client: MqttClient;

  constructor(stream: Duplex, { take, ...options }: SessionOptions) {
    this.#stream = stream;
    this.#client = new MqttClient(() => stream, {
      ...options,
      protocolVersion: 4,
      // The broker keeps the wishes of those who asked for QoS 1 while we are away.
      clean: false,
      reconnectPeriod: 0,
      connectTimeout: limits.mqttDialMs,
      keepalive: limits.externalKeepaliveMs / 1_000,
      subscribeBatchSize: limits.externalFilters,
    });
    // MQTT.js sends PUBACK when this calls back without an error.
    this.#client.handleMessage = (packet, acknowledge) => {
      take(packet, (isTaken) => acknowledge(isTaken ? undefined : new Error("nobody takes it")));
    };
    this.gone = goneReason(this.#client, stream);
  }

  /**
   * Resolves, to the filters that the broker refuses, when it has accepted the client.
   * @throws LinkError when it refuses, does not answer, or the connection goes meanwhile
   */
  async open(filters: readonly string[]): Promise<readonly string[]> {
    const lost = this.gone.then((error) => {
      throw error;
    });
    const accepted = new Promise<void>((resolve) => {
      this.#client.once("connect", () => resolve());
    });
    await Promise.race([accepted, lost]);
    return Promise.race([this.#refused(filters), lost]);
  }

  /** Calls `sent` when the broker has it: acknowledged, or with QoS 0 given to the connection. */
  publish({ topic, payload, qos, retain }: Publication, sent: () => void): void {
    this.#client.publish(topic, payload, { qos, retain }, (error) => {
      if (!error) sent();
    });
  }

  /** Says goodbye, so that there is no last will; whatever waits for its acknowledgement is let go. */
  close(): void {
    if (!this.#client.connected) return this.destroy();
    for (const id of Object.keys(this.#client.outgoing)) {
      this.#client.removeOutgoingMessage(Number(id));
    }
    this.#client.end();
  }

  /** Ends the connection without a word. */
  destroy(): void {
    this.#stream.destroy();
  }

  #refused(filters: readonly string[]): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.#client.subscribe([...filters], { qos: 1 }, (error, _, suback) => {
        if (!error) resolve([]);
        // Without an answer the connection is gone, and `gone` tells why.
        if (!suback) return;
        resolve(filters.filter((__, place) => suback.granted[place] === 128));
      });
    });
  }
}

/** Resolves to the last error, or to a plain one, when the client has closed or its stream has. */
function goneReason(client: MqttClient, stream: Duplex): Promise<LinkError> {
  return new Promise((resolve) => {
    let reason = new LinkError("The MQTT broker closed the connection");
    client.on("error", (cause) => {
      reason = new LinkError(`The MQTT broker failed: ${reasonOf(cause)}`, { cause });
      // After bytes that are no MQTT the client would read on, out of step.
      stream.destroy();
    });
    client.once("close", () => resolve(reason));
    // A stream that was closed before the client had it does not tell it so.
    if (stream.destroyed) resolve(reason);
  });
}
