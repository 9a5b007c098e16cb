/** What is wrong with the radio, by the code that `bridge/adapter/<name>` has; and how much of it that is. */
export const troubles = {
  controller_off: "degraded",
  no_radio: "degraded",
  radio_silent: "attention",
} as const;
export type Trouble = keyof typeof troubles;

/** As the supervisor is told of it. */
export function statusOf<Code extends Trouble>(code: Code, reason: string) {
  return { state: troubles[code], code, reason } as const;
}
