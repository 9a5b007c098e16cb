import type { Broker, Opener } from "./brokers.ts";
import type { Round, Scenario } from "./scenarios.ts";

/** All rounds of each broker, by its name. */
export type Rounds = ReadonlyMap<string, readonly Round[]>;

/** Plays a scenario on several brokers in turn, so that what else the machine does hits all alike. */
export async function compare(
  scenario: Scenario,
  openers: ReadonlyMap<string, Opener>,
  rounds: number,
): Promise<Rounds> {
  const contenders = [...openers].map(([name, open]) => new Contender(name, open, scenario));
  try {
    if (scenario.isFresh !== true) for (const contender of contenders) await contender.warmUp();
    for (let n = 0; n < rounds; n++) for (const contender of contenders) await contender.play();
    return new Map(contenders.map(({ name, rounds: played }) => [name, played]));
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]();
  }
}

/** One broker in one scenario. */
class Contender implements AsyncDisposable {
  readonly name: string;
  readonly rounds: Round[] = [];
  readonly #open: Opener;
  readonly #scenario: Scenario;
  #broker: Broker | undefined;

  constructor(name: string, open: Opener, scenario: Scenario) {
    this.name = name;
    this.#open = open;
    this.#scenario = scenario;
  }

  /** A round that does not count. */
  async warmUp(): Promise<void> {
    this.#broker = await this.#open(this.#scenario.aim);
    await this.#scenario.round(this.#broker);
  }

  async play(): Promise<void> {
    this.#broker ??= await this.#open(this.#scenario.aim);
    this.rounds.push(await this.#scenario.round(this.#broker));
    if (this.#scenario.isFresh === true) await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker?.[Symbol.asyncDispose]();
    this.#broker = undefined;
  }
}
