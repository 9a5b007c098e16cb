import type { Client, PublishPacket } from "aedes";
import type { Change } from "../../store/store.ts";
import { limits } from "../../limits.ts";
import type { Journal } from "./journal.ts";
import type { Peer } from "./peer.ts";
import type { Persistence, Plan } from "./persistence.ts";

/** Where what was handed on already, or goes nowhere, is published; nobody may subscribe below `$`. */
const sinkTopic = "$koine/sink";

export interface IntakeOptions {
  readonly persistence: Persistence;
  readonly journal: Journal;
  /** Hands a publication to everybody who is subscribed. */
  readonly publish: (packet: PublishPacket) => void;
}

/** One publication of a client. */
export interface Publication {
  readonly client: Client;
  readonly peer: Peer;
  readonly packet: PublishPacket;
  /** Whether others get it; it is acknowledged either way. */
  readonly isPublic: boolean;
  /** What else there is to do when it is its turn. */
  readonly handOn: () => void;
  /** What else has to be on the disk before it is acknowledged. */
  readonly records: readonly Change[];
  /** Lets aedes go on, which acknowledges and, at QoS 0, publishes. */
  readonly done: (error?: Error) => void;
}

/**
 * Takes what clients publish. What has to be acknowledged is on the disk first; what one client
 * publishes is handed on in the order it came, whatever its QoS. While the disk refuses, messages
 * are handed on all the same, for an alarm must not wait for it, but nothing is acknowledged.
 */
export class Intake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  take(publication: Publication): void {
    const { packet } = publication;
    if (packet.qos === 0) this.#takePlain(publication);
    else if (this.#isRepeated(publication)) this.#takeAgain(publication);
    else this.#takeAssured(publication);
  }

  #takePlain({ packet, peer, isPublic, handOn, done }: Publication): void {
    void peer.publications.push(undefined, () => {
      handOn();
      if (!isPublic) sink(packet);
      done();
    });
  }

  /** A QoS 2 message that was taken and comes again [MQTT-4.3.3-2]. A will has no message id. */
  #isRepeated({ client, packet }: Publication): boolean {
    const { qos, messageId } = packet;
    if (qos !== 2 || messageId === undefined) return false;
    return this.#options.persistence.incoming.has(client.id, messageId);
  }

  /** It is acknowledged when the first one could be, whatever connection that came over. */
  #takeAgain({ client, packet, peer, done }: Publication): void {
    const { incoming } = this.#options.persistence;
    const taken = incoming.takenUnder(client.id, packet.messageId ?? 0);
    void peer.acknowledgements.push(taken, () => {
      // Released by now, it would be a new message to aedes, which nobody has judged.
      sink(packet);
      done();
    });
  }

  #takeAssured(publication: Publication): void {
    const { packet, peer, isPublic, done } = publication;
    const { persistence, journal } = this.#options;
    if (this.#hasTooMany(publication)) return done(new Error("Too many messages not released"));
    const plan = isPublic ? persistence.plan(packet) : undefined;
    const { records } = publication;
    const changes = [...records, ...(plan?.changes ?? []), ...this.#note(publication)];
    const commit = changes.length > 0 ? journal.commit(changes) : undefined;
    if (commit && packet.qos === 2 && packet.messageId !== undefined) {
      persistence.incoming.setTaken(publication.client.id, packet.messageId, commit.durable);
    }
    const handedOn = peer.publications.push(commit?.tried, () => this.#handOn(publication, plan));
    const waits = commit ? Promise.all([handedOn, commit.durable]) : handedOn;
    void peer.acknowledgements.push(waits, () => {
      // aedes would hand it on once more, and after its acknowledgement.
      sink(packet);
      done();
    });
  }

  #hasTooMany({ client, packet }: Publication): boolean {
    const { incoming } = this.#options.persistence;
    return packet.qos === 2 && incoming.count(client.id) >= limits.mqttInflightInbound;
  }

  /** A message id of QoS 2 lasts as long as its session does. */
  #note({ client, peer, packet: { qos, messageId } }: Publication): readonly Change[] {
    if (qos !== 2 || messageId === undefined) return [];
    const { sessions, incoming } = this.#options.persistence;
    const session = client.clean ? [] : sessions.ensure(client.id, peer.owner);
    return [...session, ...incoming.add(client, messageId)];
  }

  #handOn({ packet, handOn }: Publication, plan: Plan | undefined): void {
    const { persistence, publish } = this.#options;
    handOn();
    if (plan) persistence.carryOut(plan, () => publish({ ...packet }));
  }
}

function sink(packet: PublishPacket): void {
  packet.topic = sinkTopic;
  packet.retain = false;
}
