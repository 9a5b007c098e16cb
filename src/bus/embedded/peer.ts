import type { Principal } from "../access/access.ts";
import { limits } from "../../limits.ts";
import { matches } from "../topic-filter.ts";

/** Work that is done in the order it was given, though some of it has to wait. */
export class Line {
  #last: Promise<void> | undefined;

  /** Runs at once when nothing is before it and nothing has to be waited for; otherwise in time. */
  push(waits: Promise<unknown> | undefined, run: () => void): Promise<void> | undefined {
    const before = this.#last;
    if (!before && !waits) {
      run();
      return undefined;
    }
    const turn = this.#wait(Promise.all([before, waits]), run, () => this.#last === turn);
    this.#last = turn;
    return turn;
  }

  async #wait(waits: Promise<unknown>, run: () => void, isLast: () => boolean): Promise<void> {
    await waits;
    run();
    if (isLast()) this.#last = undefined;
  }
}

const highestMessageId = 65_535;

/** What the broker knows of one connected client. */
export class Peer {
  readonly principal: Principal;
  /** The IP address it comes from; of our own adapters, none. */
  readonly address: string;
  /** Its user was changed or removed: nothing it still says counts, not even its will. */
  isRevoked = false;
  /** Its publications, as they are handed on. */
  readonly publications = new Line();
  /** What it is told of them [MQTT-4.6.0-2]. */
  readonly acknowledgements = new Line();
  /** Whether CONNACK is out: nothing may come before it [MQTT-3.2.0-1]. */
  isGreeted = false;
  #lastMessageId = 0;
  readonly #granted = new Map<string, number>();
  #grantedLength = 0;

  constructor(principal: Principal, address: string) {
    this.principal = principal;
    this.address = address;
  }

  /** Whose its session is: the user, or everybody who comes without a name. */
  get owner(): string {
    return this.principal.name ?? "";
  }

  grant(filter: string, qos: number): void {
    if (!this.#granted.has(filter)) this.#grantedLength += filter.length;
    this.#granted.set(filter, qos);
  }

  revoke(filter: string): void {
    if (this.#granted.delete(filter)) this.#grantedLength -= filter.length;
  }

  /** For a message of QoS 1 or 2 over this connection; sessions that last have numbers of their own. */
  nextMessageId(): number {
    this.#lastMessageId = (this.#lastMessageId % highestMessageId) + 1;
    return this.#lastMessageId;
  }

  /** Whether it may have one more subscription, as far as their number and length go. */
  hasRoomFor(filter: string): boolean {
    if (this.#granted.has(filter)) return true;
    const length = this.#grantedLength + filter.length;
    return (
      this.#granted.size < limits.mqttSubscriptions && length <= limits.mqttSubscriptionsLength
    );
  }

  /** The highest QoS it was granted for a topic [MQTT-3.3.5-1]. */
  qosFor(topic: string): number {
    let highest = 0;
    for (const [filter, qos] of this.#granted) {
      if (qos > highest && matches(filter, topic)) highest = qos;
    }
    return highest;
  }
}
