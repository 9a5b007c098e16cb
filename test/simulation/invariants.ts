import {
  encodePayload,
  isRetained,
  type Message,
  type MessageOf,
} from "../../src/model/message.ts";
import { isFinal, type Result } from "../../src/model/result.ts";
import { encodeTopic } from "../../src/model/topic.ts";
import { propertyText } from "../../src/model/identity.ts";
import { PayloadCheck } from "../support/payload-check.ts";
import { violations } from "../support/violations.ts";

/** A command somebody sent, and what was answered. */
interface Asked {
  readonly device: string;
  readonly text: string;
  readonly results: Result[];
  /** How often the same was sent again. */
  repeats: number;
  /** The daemon ended suddenly before anything was answered. */
  mayBeLost: boolean;
}

/** What must hold whatever happens, over all lives of the daemon. */
export class Invariants {
  readonly asked = new Map<string, Asked>();
  /** The retained messages of this life, by topic. */
  readonly retained = new Map<string, string>();
  readonly #check = new PayloadCheck();
  /** Meaning of each key that any device ever had. */
  readonly #keys = new Map<string, string>();
  /** Owner of each hardware address. */
  readonly #owners = new Map<string, string>();
  readonly #seq = new Map<string, number>();
  readonly #problems: string[] = [];

  /** A new life begins: what a broker in memory had kept is gone. */
  reborn(): void {
    this.retained.clear();
    this.#seq.clear();
  }

  take(message: Message): void {
    const topic = encodeTopic("koine", message);
    const payload = encodePayload(message);
    this.#check.take(topic, payload);
    if (isRetained(message.kind)) {
      if (payload === "") this.retained.delete(topic);
      else this.retained.set(topic, payload);
    }
    if (message.kind === "description") this.#described(message);
    if (message.kind === "state") this.#counted(message);
    if (message.kind === "result") this.#answered(message);
  }

  /** @throws Error with everything that does not hold */
  holds(): void {
    const found = [...this.#problems.splice(0), ...violations.splice(0)];
    if (found.length > 0) throw new Error(found.join("\n"));
  }

  /** Once all is quiet again: every command has its last word. */
  everyoneIsAnswered(): void {
    for (const [id, { results, mayBeLost }] of this.asked) {
      const last = results.findLast(({ status }) => isFinal(status));
      if (last === undefined && !(results.length === 0 && mayBeLost)) {
        this.#problems.push(`${id} has no last word: ${JSON.stringify(results)}`);
      }
    }
    this.holds();
  }

  #described({ device, body }: MessageOf<"description">): void {
    if (!body) return;
    for (const [key, property] of Object.entries(body.properties)) {
      this.#stays(this.#keys, `${device}/${key}`, propertyText(property));
    }
    for (const [scheme, value] of body.identifiers ?? []) {
      if (scheme === "wifi") this.#stays(this.#owners, value, device);
    }
  }

  #stays(known: Map<string, string>, key: string, value: string): void {
    const before = known.get(key) ?? value;
    if (before !== value) this.#problems.push(`${key} moved from ${before} to ${value}`);
    known.set(key, value);
  }

  #counted({ device, body }: MessageOf<"state">): void {
    if (!body) return;
    const expected = (this.#seq.get(device) ?? -1) + 1;
    if (body._seq !== expected) {
      this.#problems.push(`${device} counts ${body._seq} after ${expected - 1}`);
    }
    this.#seq.set(device, body._seq);
  }

  /** Refused at once, or accepted and then one last word; once more for each repetition. */
  #answered({ device, body }: MessageOf<"result">): void {
    const asked = this.asked.get(body._id);
    if (!asked) return;
    if (asked.device !== device) this.#problems.push(`${body._id} is answered for ${device}`);
    // What was refused is not remembered: the same may be right the next time.
    if (asked.results[0]?.status === "rejected") asked.results.length = 0;
    asked.results.push(body);
    const [first, ...later] = asked.results;
    const finals = asked.results.filter(({ status }) => isFinal(status));
    const words = new Set(finals.map(({ status }) => status));
    const isInOrder = first?.status === "rejected" || first?.status === "accepted";
    const isOnce = words.size <= 1 && later.length <= 1 + asked.repeats;
    if (isInOrder && isOnce) return;
    const story = asked.results.map(({ status, code }) => [status, code]);
    this.#problems.push(`${body._id} was answered ${JSON.stringify(story)}`);
  }
}
