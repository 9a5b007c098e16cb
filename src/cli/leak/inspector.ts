import { readFile, readlink } from "node:fs/promises";
import { connect } from "node:net";
import { basename } from "node:path";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Clock } from "../../clock.ts";
import { LinkError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";

const targetsSchema = z.array(z.object({ webSocketDebuggerUrl: z.string() })).min(1);
const answerSchema = z.object({
  id: z.number(),
  result: z.unknown(),
  error: z.object({ message: z.string() }).optional(),
});
/** The program has come to its end, and would wait for as long as anybody listens. */
const endedSchema = z.object({ method: z.literal("NodeRuntime.waitingForDisconnect") });
const evaluatedSchema = z.object({
  result: z.object({ value: z.unknown() }),
  exceptionDetails: z.object({ text: z.string() }).optional(),
});

/** A session with the inspector of another Node program, on loopback. */
export class Inspector implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, (answer: z.infer<typeof answerSchema>) => void>();
  /** Rejects when the program or its inspector is gone. */
  readonly #lost: Promise<never>;
  /** Whether it was us who had it opened, and have to close it. */
  readonly #isOurs: boolean;
  #next = 1;

  private constructor(socket: WebSocket, clock: Clock, isOurs: boolean) {
    this.#socket = socket;
    this.#clock = clock;
    this.#isOurs = isOurs;
    this.#lost = new Promise((_, reject) => {
      socket.once("close", () => reject(new LinkError("The program has ended, or its inspector")));
    });
    // Whoever waits for an answer is told.
    this.#lost.catch(() => {});
    socket.on("error", () => {});
    socket.on("message", (data: Buffer) => {
      const message = readJson(data.toString());
      const parsed = answerSchema.safeParse(message);
      if (parsed.success) this.#waiting.get(parsed.data.id)?.(parsed.data);
      else if (endedSchema.safeParse(message).success) socket.close();
    });
  }

  /**
   * Opens the inspector of a running program by SIGUSR1, or takes it where it is open already.
   * @throws LinkError when there is no such program, or the port belongs to somebody else
   */
  static async attach(
    pid: number,
    options: {
      readonly port: number;
      readonly clock: Clock;
      readonly signal: (pid: number) => void;
    },
  ): Promise<Inspector> {
    const { port, clock } = options;
    const isTaken = await isListening(port);
    if (!isTaken) {
      await mustHandleSignal(pid);
      options.signal(pid);
      await untilListening(port, pid, clock);
    }
    const inspector = new Inspector(await open(port), clock, !isTaken);
    const found = await inspector.evaluate("process.pid").catch(() => undefined);
    if (found === pid) {
      // A program that is ending already is noticed by whoever asks next.
      await inspector
        .call("NodeRuntime.notifyWhenWaitingForDisconnect", { enabled: true })
        .catch(() => {});
      return inspector;
    }
    await inspector.#end();
    throw new LinkError(
      `Port ${port} on 127.0.0.1 belongs to ${typeof found === "number" ? `process ${found}` : "another program"}, not to process ${pid}: close its inspector first, or name the port of this one with --port`,
    );
  }

  /** The value of an expression in the program. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      includeCommandLineAPI: true,
    });
    const evaluated = evaluatedSchema.safeParse(answer);
    if (!evaluated.success || evaluated.data.exceptionDetails) {
      throw new LinkError("The program did not let itself be asked");
    }
    return evaluated.data.result.value;
  }

  /** @throws LinkError when it is refused, does not come in time, or the program ends */
  async call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = this.#next++;
    const late = new AbortController();
    const answered = new Promise<z.infer<typeof answerSchema>>((resolve) => {
      this.#waiting.set(id, resolve);
    });
    this.#socket.send(JSON.stringify({ id, method, params }));
    const tooLate = this.#clock.sleep(limits.inspectorAnswerMs, late.signal).then(() => {
      throw new LinkError(`The program did not answer ${method} in ${limits.inspectorAnswerMs} ms`);
    });
    // Once it was answered, or given up, nobody waits for the rest.
    tooLate.catch(() => {});
    try {
      const { result, error } = await Promise.race([answered, tooLate, this.#lost]);
      if (error) throw new LinkError(`The inspector refused ${method}: ${error.message}`);
      return result;
    } finally {
      this.#waiting.delete(id);
      late.abort();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isOurs && this.#socket.readyState === WebSocket.OPEN) {
      // It can only close once this session is gone.
      await this.evaluate(
        "void setTimeout(((inspector) => () => inspector.close())(require('node:inspector')), 50)",
      ).catch(() => {});
    }
    await this.#end();
  }

  async #end(): Promise<void> {
    const closed = this.#lost.catch(() => {});
    this.#socket.close();
    await closed;
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No answer of an inspector.
    return undefined;
  }
}

async function open(port: number): Promise<WebSocket> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/json/list`, {
      signal: AbortSignal.timeout(limits.inspectorAnswerMs),
    });
    const [target] = targetsSchema.parse(await answer.json());
    const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "", { perMessageDeflate: false });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return socket;
  } catch (cause) {
    throw new LinkError(
      `Port ${port} on 127.0.0.1 is taken, and not by the inspector of a Node program`,
      { cause },
    );
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function untilListening(port: number, pid: number, clock: Clock): Promise<void> {
  const untilMs = clock.monotonic() + limits.inspectorOpenMs;
  while (!(await isListening(port))) {
    if (clock.monotonic() > untilMs) {
      throw new LinkError(
        `Process ${pid} has not opened its inspector on port ${port}: it may be busy, use SIGUSR1 itself, or have been started with another --inspect-port (then give --port). A busy one may still open it later, on loopback`,
      );
    }
    await clock.sleep(50);
  }
}

/** A shell may handle the signal, too, and end all the same. Empty when it may not be known. */
async function programOf(pid: number): Promise<string> {
  try {
    return await readlink(`/proc/${pid}/exe`);
  } catch {
    // It is somebody else's.
    return "";
  }
}

/** Bit of SIGUSR1 (10) in the masks of /proc. */
const signalBit = 1n << 9n;

/** SIGUSR1 ends a program that does not handle it, and Node always does. */
async function mustHandleSignal(pid: number): Promise<void> {
  let status: string;
  try {
    status = await readFile(`/proc/${pid}/status`, "utf8");
  } catch (cause) {
    throw new LinkError(`Cannot look at process ${pid}: ${reasonOf(cause)}`, { cause });
  }
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const isCaught = (BigInt(`0x${caught}`) & signalBit) !== 0n;
  if (isCaught && /node/i.test(basename(await programOf(pid)))) return;
  throw new LinkError(`Process ${pid} is no Node program, or one without an inspector`);
}
