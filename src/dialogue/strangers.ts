import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { PatientWriter } from "../core/patient-writer.ts";
import type { BridgeEvent } from "../model/bridge.ts";
import type { Store } from "../store/store.ts";
import { dialogueLimits as limits } from "./limits.ts";

const key = "dialogue/strangers";

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
  #diary: Diary | undefined;

  private constructor(writer: PatientWriter, clock: Clock, diary: Diary | undefined) {
    this.#writer = writer;
    this.#clock = clock;
    this.#diary = diary;
  }

  static async load(store: Store, writer: PatientWriter, clock: Clock): Promise<Strangers> {
    const text = (await store.get(key)) ?? "null";
    return new Strangers(writer, clock, diarySchema.safeParse(JSON.parse(text)).data);
  }

  /** One has texted. */
  note({ number, sender }: BridgeEvent): void {
    const who = typeof number === "string" ? number : typeof sender === "string" ? sender : "?";
    const { sinceMs = this.#clock.now(), count = 0, numbers = [] } = this.#diary ?? {};
    const isNew = !numbers.includes(who) && numbers.length < limits.strangers;
    this.#keep({ sinceMs, count: count + 1, numbers: isNew ? [...numbers, who] : numbers });
  }

  /** What the owners are to be told; once a day. */
  due(): { readonly count: number; readonly list: string } | undefined {
    const diary = this.#diary;
    if (!diary || this.#clock.now() - diary.sinceMs < limits.strangersMs) return undefined;
    this.#keep(undefined);
    return { count: diary.count, list: diary.numbers.join(", ") };
  }

  #keep(diary: Diary | undefined): void {
    this.#diary = diary;
    void this.#writer.write([{ key, value: diary && JSON.stringify(diary) }]);
  }
}
