import type { AdapterHost, Ref } from "koine/adapter";
import { aborted } from "./aborted.ts";
import { Answers } from "./answers.ts";
import { Budget, type Spent } from "./budget.ts";
import { Calls } from "./calls.ts";
import type { ModemConfig, SmsConfig } from "./config.ts";
import { Inbox, type Tell } from "./inbox.ts";
import { limits } from "./limits.ts";
import { worldNumber } from "./number.ts";
import { ModemKeeper } from "./modem/keeper.ts";
import { Outbox } from "./outbox.ts";
import type { StatusReport } from "./pdu/message.ts";
import { People } from "./people.ts";
import { Poller } from "./providers/poller.ts";
import { dialectOf } from "./providers/provider.ts";
import { ProviderRoute } from "./providers/provider-route.ts";
import { Webhooks } from "./providers/webhooks.ts";
import { ModemRoute } from "./routes/modem-route.ts";
import { Router } from "./routes/router.ts";
import { Strangers } from "./strangers.ts";
import { troubles } from "./troubles.ts";

/** One run of the adapter: puts its parts together, and tells how they stand. */
export class Session {
  readonly people: People;
  readonly outbox: Outbox;
  readonly calls: Calls;
  readonly answers: Answers;
  readonly #host: AdapterHost;
  readonly #config: SmsConfig;
  readonly #signal: AbortSignal;
  readonly #keepers: readonly ModemKeeper[];
  readonly #router: Router;
  readonly #budget: Budget;
  readonly #inbox: Inbox;
  readonly #strangers: Strangers;
  readonly #webhooks: Webhooks | undefined;
  /** Why routes carry nothing, by name, until a person has done something. */
  readonly #refused = new Map<string, string>();

  constructor(host: AdapterHost, config: SmsConfig, signal: AbortSignal) {
    this.#host = host;
    this.#config = config;
    this.#signal = signal;
    this.people = new People(host, config);
    this.#inbox = new Inbox(host, (text, note) => this.#received(text, note));
    this.#strangers = new Strangers(host);
    this.#keepers = config.modems.map((modem) => this.#keeperOf(modem));
    this.#router = new Router(this.#routes(), host.clock, config.routes.takeover_s * 1_000);
    this.#budget = new Budget(host, config.budget, (spent) => this.#warn(spent));
    this.outbox = new Outbox({
      host,
      router: this.#router,
      budget: this.#budget,
      orderFor: (number) => this.#orderFor(number),
      wantsReports: config.reports,
      stands: (route, reason) => this.#routeStands(route, reason),
    });
    this.calls = new Calls({ host, signal, modemFor: (number) => this.#modemFor(number) });
    this.#webhooks = this.#openWebhooks();
    this.answers = new Answers({
      people: this.people,
      inbox: this.#inbox,
      outbox: this.outbox,
      router: this.#router,
      budget: this.#budget,
      keepers: this.#keepers,
    });
  }

  /** Describes everything and takes up what an earlier run left. */
  async load(): Promise<void> {
    await this.people.load();
    this.people.describe();
    for (const keeper of this.#keepers) keeper.describe();
    await this.#budget.load();
    await this.#inbox.load();
    await this.calls.load();
    // Last: what it counts as held is let go when the run ends, and it does not begin when this fails.
    await this.outbox.load();
  }

  /** Resolves when everything is closed, after the signal. */
  async run(): Promise<void> {
    const { clock } = this.#host;
    const timers = [
      clock.every(limits.sweepMs, () => void this.#sweep()),
      clock.every(limits.askMs, () => void this.#ask()),
    ];
    try {
      await this.#webhooks?.open();
      // Texts are taken from now on, whatever becomes of the modems.
      this.#host.status({ state: "online" });
      this.outbox.send();
      await Promise.all([
        ...this.#keepers.map(async (keeper) => keeper.keep(this.#signal)),
        ...this.#pollers().map(async (poller) => poller.run()),
        this.#webhooks?.keep(this.#signal),
        aborted(this.#signal),
      ]);
    } finally {
      for (const timer of timers) timer.cancel();
      this.outbox.stop();
      await this.calls.stop();
    }
  }

  forget(ref: Ref): void {
    if (this.people.byRef(ref)) this.people.describe();
    for (const keeper of this.#keepers) keeper.describe();
  }

  #routes() {
    const { providers, modems, reports } = this.#config;
    const { clock } = this.#host;
    return [
      ...this.#keepers.map((keeper, index) => {
        const price = modems[index]?.price ?? 0;
        return new ModemRoute({ keeper, price, wantsReports: reports });
      }),
      ...providers.map((provider) => {
        const { name, price } = provider;
        const dialect = dialectOf(provider);
        return new ProviderRoute({ name, price, dialect, clock, signal: this.#signal });
      }),
    ];
  }

  #pollers(): readonly Poller[] {
    return this.#config.providers.flatMap((provider) => {
      const { use, name, inbound, poll_s: seconds } = provider;
      const { poll } = dialectOf(provider);
      if (inbound !== "poll" || !poll) return [];
      return new Poller({
        use,
        name,
        poll,
        host: this.#host,
        signal: this.#signal,
        everyMs: seconds * 1_000,
        take: async (arrival) => this.#inbox.takeArrival(name, arrival),
        pass: async (arrival) => this.#inbox.passArrival(name, arrival),
      });
    });
  }

  #openWebhooks(): Webhooks | undefined {
    const { webhooks: config, providers } = this.#config;
    if (!config) return undefined;
    return new Webhooks({
      config,
      host: this.#host,
      dialects: new Map(providers.map((provider) => [provider.name, dialectOf(provider)])),
      arrived: async (name, arrival) => {
        const { inbound } = providers.find((provider) => provider.name === name) ?? {};
        // It is asked for in another way, or nobody wants it.
        if (inbound === "webhook") await this.#inbox.takeArrival(name, arrival);
        else this.#host.count("hooks_unwanted");
      },
      progressed: async (progress) => this.outbox.report(progress),
    });
  }

  /** The routes to a number, best first: the person's, its country's, everybody's. */
  #orderFor(number: string): readonly string[] {
    const { routes, modems, providers } = this.#config;
    const own = this.people.byNumber(number)?.routes;
    if (own) return own;
    const codes = Object.keys(routes.countries).filter((code) => number.startsWith(`+${code}`));
    const [code] = codes.toSorted((a, b) => b.length - a.length);
    const country = code === undefined ? undefined : routes.countries[code];
    return country ?? routes.order ?? [...modems, ...providers].map(({ name }) => name);
  }

  /** The first modem of a number's routes that is ready: nobody else makes calls. */
  #modemFor(number: string): ModemKeeper | undefined {
    const ready = this.#keepers.filter(({ modem }) => modem?.isReady === true);
    const names = this.#orderFor(number);
    const name = names.find((one) => ready.some((keeper) => keeper.name === one));
    return ready.find((keeper) => keeper.name === name);
  }

  async #sweep(): Promise<void> {
    this.people.tellReachable();
    try {
      await this.#inbox.sweep(this.#modemsSinceMs());
      await this.outbox.sweep();
    } catch (err) {
      this.#host.count("sweeps_failed");
      this.#host.log.warn({ err }, "texts could not be looked through");
    }
  }

  /** Since when every modem is there, in ms since 1970: what is missing of a text may be in one of them. */
  #modemsSinceMs(): number {
    const now = this.#host.clock.now();
    const since = this.#keepers.map(({ name }) => this.#router.upSinceMs(name) ?? now);
    return Math.max(0, ...since);
  }

  async #ask(): Promise<void> {
    try {
      await this.outbox.ask();
    } catch (err) {
      this.#host.count("sweeps_failed");
      this.#host.log.warn({ err }, "routes could not be asked");
    }
  }

  #keeperOf(config: ModemConfig): ModemKeeper {
    return new ModemKeeper({
      host: this.#host,
      config,
      signal: this.#signal,
      inbound: {
        message: async (message, pdu) => this.#inbox.take(message, pdu),
        report: async (report) => this.#reported(config.name, report),
        odd: async (pdu, reason) => this.#inbox.keepOdd(pdu, reason),
        call: (from) => this.#called(from),
      },
      isInBudget: () => {
        const { price } = config;
        const alarm = { class: "alarm", to: "", messages: 1, money: price } as const;
        return this.#budget.obstacle(alarm) === undefined;
      },
      changed: () => this.#tellStatus(),
      ready: () => this.outbox.ready(config.name),
    });
  }

  /** What a status means (3GPP TS 23.040, 9.2.3.15): below 32 it arrived, below 64 the network still tries. */
  async #reported(route: string, report: StatusReport): Promise<void> {
    const { reference, address, status, sentAt } = report;
    if (status >= 32 && status < 64) return;
    const stage = status < 32 ? "delivered" : "failed";
    const message = `The network gave up (${status})`;
    const to = worldNumber(address.text, this.#config.country);
    const about = { route, reference: String(reference), to, sentAtMs: sentAt?.ms };
    const progress = { ...about, stage, ...(stage === "failed" && { message }) } as const;
    // Once, though a crash may leave it in the modem: after that it could be taken for another text's.
    const words = ["report", route, reference, address.text, sentAt?.ms, status].join("/");
    const isNew = await this.#inbox.once(words, async (known) =>
      this.outbox.report(progress, known),
    );
    if (!isNew) this.#host.count("reports_repeated");
  }

  /** A route carries nothing until a person has done something; or, without a reason, it does again. */
  #routeStands(route: string, reason: string | undefined): void {
    if (reason === undefined ? !this.#refused.delete(route) : this.#refused.get(route) === reason) {
      return;
    }
    if (reason !== undefined) {
      this.#refused.set(route, reason);
      this.#host.log.warn({ route, reason }, "route carries no texts");
    }
    this.#tellStatus();
  }

  /** Texts are accepted whether a modem is there or not: they wait. */
  #tellStatus(): void {
    const [refused] = this.#refused;
    if (refused) {
      const reason = `${refused[0]}: ${refused[1]}`;
      return this.#tellTrouble("route_refused", reason);
    }
    const first = this.#keepers.find(({ status }) => status.state !== "ready");
    if (!first || this.#keepers.some(({ status }) => status.state === "ready")) {
      return this.#host.status({ state: "online" });
    }
    const { state, reason = "" } = first.status;
    // Whether it is there this time is told in a moment.
    if (state !== "opening" && state !== "ready") this.#tellTrouble(state, reason);
  }

  #tellTrouble(code: keyof typeof troubles, reason: string): void {
    this.#host.status({ state: troubles[code], code, reason });
  }

  #warn({ period, of, used, cap }: Spent): void {
    this.#host.log.warn({ period, of, used, cap }, "budget for texts is nearly spent");
    this.#host.emit({ type: "notice", name: "sms_budget", data: { period, of, used, cap } });
  }

  /** A text has come: what it says is for this process alone, that it came for everybody. */
  #received(...[text, note]: Parameters<Tell>): boolean {
    const person = text.isName ? undefined : this.people.byNumber(text.from);
    if (!person) {
      this.#strangers.texted(text);
      return false;
    }
    const { ref } = person;
    const name = "text";
    const action = text.isWhole ? "received" : "incomplete";
    const { id, body, sentAtMs, receivedAtMs } = text;
    const data = { id, body, sent_at_ms: sentAtMs ?? null, received_at_ms: receivedAtMs };
    this.#host.emit({ type: "event", ref, scope: "local", data: { name, action, data } });
    const chars = Array.from(body).length;
    this.#host.emit({
      type: "event",
      ref,
      scope: "public",
      data: { name, action, data: { chars } },
      note,
    });
    return true;
  }

  #called(from: string): void {
    const person = this.people.byNumber(from);
    if (!person) return this.#host.count("calls_of_strangers");
    const data = { name: "call", action: "missed" };
    this.#host.emit({ type: "event", ref: person.ref, scope: "public", data });
  }
}
