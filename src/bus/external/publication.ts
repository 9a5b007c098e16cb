import { encodePayload, isAssured, isRetained, type Message } from "../../model/message.ts";
import { encodeTopic } from "../../model/topic.ts";

/** A message on its way to a broker. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
  /** Of the payload. */
  readonly bytes: number;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export function toPublication(root: string, message: Message): Publication {
  const topic = encodeTopic(root, message);
  const payload = encodePayload(message);
  const retain = isRetained(message.kind);
  // No later message makes up for a deletion that was lost.
  const qos = isAssured(message.kind) || isDeletion({ payload, retain }) ? 1 : 0;
  return { topic, payload, bytes: Buffer.byteLength(payload), qos, retain };
}

/** Whether it makes the broker forget what it retains on the topic. */
export function isDeletion({ payload, retain }: Pick<Publication, "payload" | "retain">): boolean {
  return retain && payload === "";
}
