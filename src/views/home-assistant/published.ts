import { z } from "zod";
import type { PatientWriter } from "../../core/patient-writer.ts";
import { isKoineError } from "../../errors.ts";
import { parseDocument } from "../../model/parse.ts";
import { namespaced, type Store } from "../../store/store.ts";

const recordSchema = z.object({
  /** Of what was published last; empty while that is under way. */
  hash: z.string(),
  /** Platform of each entity, by its id. */
  components: z.record(z.string(), z.string()).readonly(),
});
/** What is remembered of one retained topic. */
type Record = Readonly<z.infer<typeof recordSchema>>;

const folder = "view/home-assistant";

/** The topics that were published, over restarts: what is in no list can never be deleted. */
export class Published {
  readonly #writer: PatientWriter;
  readonly #records: Map<string, Record>;

  private constructor(writer: PatientWriter, records: Map<string, Record>) {
    this.#writer = writer;
    this.#records = records;
  }

  static async load(store: Store, writer: PatientWriter): Promise<Published> {
    const entries = await namespaced(store, folder).entries("");
    return new Published(writer, new Map(entries.map(([topic, json]) => [topic, read(json)])));
  }

  topics(): Iterable<string> {
    return this.#records.keys();
  }

  get(topic: string): Record | undefined {
    return this.#records.get(topic);
  }

  /** Resolves when it is on the disk, or the disk has refused it for now. */
  async set(topic: string, record: Record): Promise<void> {
    this.#records.set(topic, record);
    await this.#write(topic, JSON.stringify(record));
  }

  async delete(topic: string): Promise<void> {
    this.#records.delete(topic);
    await this.#write(topic, undefined);
  }

  async #write(topic: string, value: string | undefined): Promise<void> {
    await this.#writer.write([{ key: `${folder}/${topic}`, value }]);
  }
}

/** Of a record that cannot be read the topic is known all the same. */
function read(json: string): Record {
  try {
    return parseDocument(recordSchema, json, "record of a published topic");
  } catch (error) {
    if (!isKoineError(error, "protocol")) throw error;
    return { hash: "", components: {} };
  }
}
