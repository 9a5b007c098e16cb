import type { Adapter, AdapterHost } from "../../src/core/adapter.ts";
import { LinkError } from "../../src/errors.ts";
import type { CommandResult } from "../../src/model/adapter-event.ts";
import type { Command } from "../../src/model/command.ts";
import type { Scalar } from "../../src/model/scalar.ts";

/** An adapter whose world is the test: the test speaks through `host` and answers commands. */
export class TestAdapter implements Adapter {
  host: AdapterHost | undefined;
  runs = 0;
  readonly commands: Command[] = [];
  answer: (command: Command, signal: AbortSignal) => Promise<CommandResult> = async () => ({
    status: "done",
    confirmedBy: "ack",
  });
  answerRequest: (verb: string, params: Scalar) => Promise<Scalar> = async (_, params) => params;
  #fail: ((error: Error) => void) | undefined;

  async run(host: AdapterHost, signal: AbortSignal): Promise<void> {
    this.host = host;
    this.runs += 1;
    host.status({ state: "online" });
    await new Promise<void>((resolve, reject) => {
      this.#fail = reject;
      signal.addEventListener("abort", () => resolve());
    });
  }

  execute(command: Command, signal: AbortSignal): Promise<CommandResult> {
    this.commands.push(command);
    return this.answer(command, signal);
  }

  request(verb: string, params: Scalar): Promise<Scalar> {
    return this.answerRequest(verb, params);
  }

  /** The link goes away. */
  lose(cause: Error): void {
    this.#fail?.(new LinkError(`Lost: ${cause.message}`, { cause }));
  }
}
