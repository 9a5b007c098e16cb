/** Hours of the gateway's own day in which nothing but what is critical is told. */
export interface QuietHours {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
}

/** `22:00-06:00`; undefined when it is not written so. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const [, ...parts] = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (parts.length !== 4) return undefined;
  const [fromHour = 0, fromMinute = 0, toHour = 0, toMinute = 0] = parts.map(Number);
  return { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
}

/** Whether it is quiet at a time, in ms since 1970. */
export function isQuiet({ from, to }: QuietHours, ms: number): boolean {
  const date = new Date(ms);
  const minute = date.getHours() * 60 + date.getMinutes();
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}
