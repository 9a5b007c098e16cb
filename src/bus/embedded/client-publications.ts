import type { Client, PublishPacket } from "aedes";
import type { Logger } from "../../core/logger.ts";
import type { Counters } from "../../counters.ts";
import type { Message } from "../../model/message.ts";
import { isUnder, parseTopic } from "../../model/topic.ts";
import type { Access, PublishRefusal } from "../access/access.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { isTopicName } from "../topic-filter.ts";
import type { Gate } from "./gate.ts";
import type { Intake } from "./intake.ts";
import type { PendingWish, PendingWishes } from "./pending-wishes.ts";
import { payloadOf } from "./records.ts";

export interface ClientPublicationsOptions {
  readonly root: string;
  readonly access: Access;
  readonly gate: Gate;
  readonly intake: Intake;
  readonly wishes: PendingWishes;
  /** Where wishes go. */
  readonly dispatcher: Dispatcher;
  readonly counters: Counters;
  readonly log: Logger;
}

/**
 * Decides what becomes of a publication of a client: it is handed on, it is a wish to be answered,
 * or it goes nowhere.
 */
export class ClientPublications {
  readonly #options: ClientPublicationsOptions;

  constructor(options: ClientPublicationsOptions) {
    this.#options = options;
  }

  /** @param done called with an error to cut the connection, otherwise when it is acknowledged */
  take(client: Client | null, packet: PublishPacket, done: (error?: Error) => void): void {
    const { gate, access, intake, wishes, counters } = this.#options;
    const peer = client ? gate.peerOf(client) : undefined;
    if (!client || !peer || !isTopicName(packet.topic)) {
      counters.add("malformed.topic");
      return done(new Error("The topic is none"));
    }
    counters.add("messages.received");
    const refusal = peer.isRevoked
      ? "not_allowed"
      : access.refusalToPublish(peer.principal, packet.topic);
    const wish = peer.isRevoked ? undefined : this.#wishOf(packet, refusal);
    const reason = refusal ?? (wish && packet.retain ? "retained_command" : undefined);
    if (reason !== undefined) this.#refuse(client, packet, reason);
    const pending = wish && packet.qos > 0 ? wishes.begin(packet) : undefined;
    intake.take({
      client,
      peer,
      packet,
      isPublic: reason === undefined,
      records: pending ? [pending.change] : [],
      handOn: () => wish && void this.#answer(wish, pending),
      done,
    });
  }

  /** Lets whoever is subscribed now answer the wishes that an earlier run left unanswered. */
  async takeUp(): Promise<void> {
    await this.#options.wishes.takeUp(async (kept) => {
      const text = payloadOf(kept).toString();
      const body = { text, retained: false, obstacle: "interrupted" } as const;
      const wish = this.#wishAt(kept.topic, body);
      if (wish) await this.#options.dispatcher.deliver(wish);
    });
  }

  async #answer(wish: Message, pending: PendingWish | undefined): Promise<void> {
    await this.#options.dispatcher.deliver(wish);
    pending?.end();
  }

  /** Below the root a client may only wish; also what it may not wish is answered. */
  #wishOf(packet: PublishPacket, refusal: PublishRefusal | undefined): Message | undefined {
    if (refusal !== undefined && refusal !== "not_allowed") return undefined;
    const body = { text: packet.payload.toString(), retained: packet.retain };
    const obstacle = refusal && { obstacle: refusal };
    return this.#wishAt(packet.topic, { ...body, ...obstacle });
  }

  #wishAt(topic: string, body: (Message & { kind: "set" })["body"]): Message | undefined {
    const { root } = this.#options;
    if (!isUnder(root, topic)) return undefined;
    const address = parseTopic(root, topic);
    switch (address.kind) {
      case "set":
      case "get":
      case "bridge_request":
        return { ...address, body };
      default:
        return undefined;
    }
  }

  /**
   * Notes that a publication goes nowhere. It is acknowledged all the same: a refusal by error would
   * cut the connection, and the client would come back and send it again for ever.
   */
  #refuse(client: Client, { topic }: PublishPacket, reason: string): void {
    const { counters, log } = this.#options;
    counters.add(`refused.publish.${reason}`);
    log.debug({ client: client.id, topic, reason }, "publication refused");
  }
}
