/** One MQTT message as it arrived. */
export interface Frame {
  readonly topic: string;
  readonly payload: string;
  /** Kept by the broker from before we subscribed: true once, perhaps not now. */
  readonly retained: boolean;
  /** When it arrived, in ms of a clock that only goes forward. */
  readonly receivedMs?: number;
}

/** One MQTT message to a device. */
export interface Request {
  readonly topic: string;
  readonly payload: string;
  /** Under which number the device answers it, where the dialect has such answers. */
  readonly number?: number;
}

/** Whether a message may be published there: no wildcards, no NUL, not empty, not too long. */
export function isTopicName(topic: string): boolean {
  return topic !== "" && topic.length <= 1_024 && !/[#+\0]/.test(topic);
}
