import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { BridgeEvent } from "../model/bridge.ts";
import { KeptMap } from "../store/kept-map.ts";
import type { Store } from "../store/store.ts";
import { dialogueLimits as limits } from "./limits.ts";

const [prefix, key] = ["dialogue/stranger/", "day"];

const diarySchema = z.object({
  sinceMs: z.number(),
  count: z.number(),
  /** As the channel masks them. */
  numbers: z.array(z.string()),
});
type Diary = z.infer<typeof diarySchema>;

/** Who texted and is nobody we know: never answered, told to the owners once a day. */
export class Strangers {
  readonly #writer: PatientWriter;
  readonly #clock: Clock;
  readonly #diaries: KeptMap<Diary>;

  private constructor(writer: PatientWriter, clock: Clock, diaries: KeptMap<Diary>) {
    this.#writer = writer;
    this.#clock = clock;
    this.#diaries = diaries;
  }

  static async load(store: Store, writer: PatientWriter, clock: Clock): Promise<Strangers> {
    return new Strangers(writer, clock, await KeptMap.load(store, prefix, diarySchema));
  }

  /** One has texted. */
  note({ number, sender }: BridgeEvent): void {
    const who = typeof number === "string" ? number : typeof sender === "string" ? sender : "?";
    const { sinceMs = this.#clock.now(), count = 0, numbers = [] } = this.#diaries.get(key) ?? {};
    const isNew = !numbers.includes(who) && numbers.length < limits.strangers;
    this.#keep({ sinceMs, count: count + 1, numbers: isNew ? [...numbers, who] : numbers });
  }

  /** What the owners are to be told; once a day. */
  due(): { readonly count: number; readonly list: string } | undefined {
    const diary = this.#diaries.get(key);
    if (!diary || this.#clock.now() - diary.sinceMs < limits.strangersMs) return undefined;
    this.#keep(undefined);
    return { count: diary.count, list: diary.numbers.join(", ") };
  }

  #keep(diary: Diary | undefined): void {
    void this.#writer.write([diary ? this.#diaries.set(key, diary) : this.#diaries.delete(key)]);
  }
}
