import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { askDaemon } from "../../../src/bus/control-client.ts";
import { controlPath, ControlSocket } from "../../../src/bus/control-socket.ts";
import { systemClock } from "../../../src/clock.ts";
import { Counters } from "../../../src/counters.ts";
import { limits } from "../../../src/limits.ts";

const clock = systemClock();

interface Door {
  readonly directory: string;
  readonly counters: Counters;
}

/** A socket that answers with what it was asked. */
async function open(before?: (directory: string) => Promise<void>): Promise<Door> {
  const directory = await mkdtemp(join(tmpdir(), "koine-control-"));
  await before?.(directory);
  const counters = new Counters();
  const ask = async (verb: string, text: string): Promise<object> => ({
    _id: "a1",
    _ts: "2026-11-25T12:00:00.000Z",
    status: "ok",
    data: { verb, text },
  });
  const control = await ControlSocket.open({ directory, ask, counters });
  onTestFinished(async () => {
    await control.close();
    await rm(directory, { recursive: true });
  });
  return { directory, counters };
}

/** Everything the socket says until it hangs up. */
async function talk(directory: string, say: (socket: Socket) => void): Promise<string> {
  const socket = connect({ path: controlPath(directory), allowHalfOpen: true });
  let heard = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    heard += text;
  });
  say(socket);
  await new Promise((resolve) => {
    socket.on("error", resolve);
    socket.on("end", resolve);
    socket.on("close", resolve);
  });
  socket.destroy();
  return heard;
}

describe("the control socket", () => {
  test("takes a request a line, and answers each", async () => {
    const { directory } = await open();
    const heard = await talk(directory, (socket) => {
      socket.write('{"verb":"in');
      socket.write('fo"}\n\n{"verb":"rename","name":"ü"}\n');
      // The last line needs no end.
      socket.end('{"verb":"explain"}');
    });
    const answers = heard.trim().split("\n");
    expect(answers.map((line) => (JSON.parse(line) as { data: object }).data)).toEqual([
      { verb: "info", text: "{}" },
      { verb: "rename", text: '{"name":"ü"}' },
      { verb: "explain", text: "{}" },
    ]);
  });

  test("lets what is no request be answered too", async () => {
    const { directory } = await open();
    const heard = await talk(directory, (socket) => socket.end("nonsense\n"));
    expect(heard).toContain('"verb":"","text":"nonsense"');
  });

  test("is its owner's alone, and takes the place of one that was left behind", async () => {
    const { directory } = await open((path) => writeFile(controlPath(path), "stale"));
    const { mode } = await stat(controlPath(directory));
    expect((mode & 0o777).toString(8)).toBe("600");
    const { data } = await askDaemon({ directory, verb: "info", clock });
    expect(data).toEqual({ verb: "info", text: "{}" });
  });

  test("ends a line that is too long", async () => {
    const { directory, counters } = await open();
    const heard = await talk(directory, (socket) => {
      socket.write("x".repeat(limits.commandLength + 1));
    });
    expect(heard).toBe("");
    expect(counters.get("refused.control_lines")).toBe(1);
  });

  test("hangs up on who asks and never listens", async () => {
    const { directory, counters } = await open();
    const socket = connect({ path: controlPath(directory) });
    const gone = new Promise((resolve) => socket.on("close", resolve));
    const line = `${JSON.stringify({ verb: "info", x: "y".repeat(60_000) })}\n`;
    socket.on("error", () => {});
    for (let n = 0; n < 200; n++) socket.write(line);
    await expect.poll(() => counters.get("dropped.control_readers")).toBe(1);
    socket.resume();
    await gone;
  });

  test("takes so many connections and no more", async () => {
    const { directory, counters } = await open();
    const sockets = Array.from({ length: limits.controlConnections + 3 }, () =>
      connect({ path: controlPath(directory) }),
    );
    for (const socket of sockets) socket.on("error", () => {});
    const closed = sockets
      .slice(-3)
      .map((socket) => new Promise((gone) => socket.on("close", gone)));
    await Promise.all(closed);
    expect(counters.get("refused.control_connections")).toBe(3);
    for (const socket of sockets) socket.destroy();
  });

  test("has a short path, or says so", () => {
    const deep = join(process.cwd(), "a".repeat(91));
    expect(controlPath(deep)).toBe(join("a".repeat(91), "koine.sock"));
    expect(() => controlPath("b".repeat(120))).toThrow("choose a shorter data directory");
  });

  test("is not there when nobody listens", async () => {
    await expect(askDaemon({ directory: "/nowhere", verb: "info", clock })).rejects.toThrow(
      'No Koine answers at "/nowhere/koine.sock"',
    );
  });
});
