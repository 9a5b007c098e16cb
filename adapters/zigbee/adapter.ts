import {
  CommandError,
  type Adapter,
  type AdapterHost,
  type Command,
  type CommandResult,
  type Ref,
  type Scalar,
} from "koine/adapter";
import type { ZigbeeConfig } from "./config.ts";
import { mayJoin } from "./joining.ts";
import { loadLibrary } from "./library.ts";
import { limits } from "./limits.ts";
import { Link } from "./link.ts";
import { loadNetwork, saveNetwork } from "./network.ts";
import { answerRequest } from "./requests.ts";
import { alarmOf, guardNetwork, isAlarm, mendFiles, putBack } from "./safety.ts";
import { Session } from "./session.ts";

/** One Zigbee stick and all devices of its network. */
export class ZigbeeAdapter implements Adapter {
  readonly #config: ZigbeeConfig;
  #session: Session | undefined;

  constructor(config: ZigbeeConfig) {
    this.#config = config;
  }

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    const files = await mendFiles(host);
    const loaded = await loadNetwork(host.directory, this.#config);
    const guarded = await guardNetwork(host, files, loaded);
    if (signal.aborted) return;
    const { network } = loaded;
    await saveNetwork(host.directory, network);
    host.mayStall(limits.stallMs);
    const library = await loadLibrary(host.log, network);
    if (signal.aborted) return;
    const link = await Link.make({
      host,
      config: this.#config,
      library,
      network,
      mayJoin: (ieee) => mayJoin(this.#config, ieee),
    });
    const over = new AbortController();
    let session: Session | undefined;
    let isLost = false;
    try {
      const start = await link.start(signal);
      host.count(`started_${start}`);
      isLost = isAlarm(start, guarded);
      if (isLost) throw alarmOf(guarded);
      const options = { host, config: this.#config, library, link, network };
      session = await Session.open({ ...options, signal: over.signal });
      this.#session = session;
      host.status({ state: "online" });
      void session.refresh();
      const lost = await Promise.race([link.lost, aborted(signal)]);
      if (lost) throw lost;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#session = undefined;
      over.abort();
      await session?.close();
      await link.close();
      if (isLost) await putBack(guarded, host);
    }
  }

  async execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    return this.#present().execute(command, signal);
  }

  async request(verb: string, params: Scalar, signal: AbortSignal): Promise<Scalar> {
    return answerRequest(this.#present().operations, verb, params, signal);
  }

  forget(ref: Ref): void {
    this.#session?.forget(ref);
  }

  #present(): Session {
    if (this.#session) return this.#session;
    throw new CommandError("unreachable", "The Zigbee stick is not connected");
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(undefined);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
