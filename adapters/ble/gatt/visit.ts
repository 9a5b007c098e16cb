import { CommandError, type Clock, type Scalar } from "koine/adapter";
import { limits } from "../limits.ts";
import type { Connection } from "../radio/radio.ts";
import type { Point } from "./point.ts";
import { bytesFor, valueIn } from "./value.ts";

/** Told each value that a connection brings. */
export type Heard = (point: Point, value: Scalar) => void;

/** What a write led to: what the device said of it. */
export type Written = "answered" | "acknowledged" | "unconfirmed";

/**
 * Reads points, one after the other.
 * @throws CommandError when one cannot be read, or its value stands for nothing
 */
export async function readPoints(
  connection: Connection,
  points: readonly Point[],
  heard: Heard,
): Promise<void> {
  for (const point of points) {
    const data = await connection.read(point);
    const value = valueIn(point, data);
    if (value === undefined) {
      const hex = data.toString("hex");
      throw new CommandError("device_error", `"${hex}" is no value of "${point.is}"`);
    }
    heard(point, value);
  }
}

/** Has the device tell by itself what it can; what it does not let be subscribed is left out. */
export async function subscribePoints(
  connection: Connection,
  points: readonly Point[],
  heard: Heard,
): Promise<void> {
  for (const point of points.filter(({ subscribe }) => subscribe)) {
    try {
      await connection.subscribe(point, (data) => {
        const value = valueIn(point, data);
        if (value !== undefined) heard(point, value);
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
}

/** The device said no, rather than nothing. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof CommandError &&
    (error.reason === "device_error" || error.reason === "no_property")
  );
}

/**
 * Writes a value, and waits for what the device says of it, if it says anything.
 * @throws CommandError when the device refuses, or does not answer where it should
 */
export async function writePoint(
  connection: Connection,
  point: Point,
  value: Scalar,
  clock: Clock,
): Promise<Written> {
  const bytes = bytesFor(point, value);
  const { service, characteristic, write_to: other, write, answer } = point;
  const to = { service, characteristic: other ?? characteristic };
  const isConfirmed = write === "confirmed";
  if (!answer) {
    await connection.write(to, bytes, isConfirmed);
    return isConfirmed ? "acknowledged" : "unconfirmed";
  }
  const answered = new Answers();
  const from = { service, characteristic: answer.characteristic };
  // What comes before it is written answers something else.
  let isWritten = false;
  const end = await connection.subscribe(from, (data) => {
    if (isWritten) answered.push(data);
  });
  let said: string;
  try {
    isWritten = true;
    await connection.write(to, bytes, isConfirmed);
    said = (await answered.next(clock)).toString("hex");
  } finally {
    end();
  }
  if (answer.ok.some((start) => said.startsWith(start))) return "answered";
  throw new CommandError("device_error", `The device answered "${said}"`);
}

/** The first notification after a write. */
class Answers {
  readonly #first: Promise<Buffer>;
  #resolve: (data: Buffer) => void = () => {};

  constructor() {
    this.#first = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  push(data: Buffer): void {
    this.#resolve(data);
  }

  /** @throws CommandError when there is none in time */
  async next(clock: Clock): Promise<Buffer> {
    const late = new AbortController();
    const deadline = clock.sleep(limits.callMs, late.signal).then((): never => {
      const seconds = limits.callMs / 1_000;
      throw new CommandError("no_answer", `The device did not answer within ${seconds} s`);
    });
    try {
      return await Promise.race([this.#first, deadline]);
    } finally {
      late.abort();
      deadline.catch(() => {});
    }
  }
}
