/** An alarm that is open, as the bus tells of it. */
export interface OpenAlarm {
  /** Id of the device it is about. */
  readonly device: string;
  /** Who has taken it. */
  readonly by?: string | undefined;
  readonly number: number;
  readonly message: string;
}

/** The alarm with that number; without one the only one that nobody has taken, or the only one. */
export function alarmMeant(
  open: readonly OpenAlarm[],
  number: number | undefined,
): OpenAlarm | undefined {
  if (number !== undefined) return open.find((alarm) => alarm.number === number);
  const untaken = open.filter(({ by }) => by === undefined);
  return only(untaken) ?? only(open);
}

export function alarmList(open: readonly OpenAlarm[]): string {
  return open.map(({ number, message }) => `${number} ${message}`).join(", ");
}

function only<T>(list: readonly T[]): T | undefined {
  return list.length === 1 ? list[0] : undefined;
}
