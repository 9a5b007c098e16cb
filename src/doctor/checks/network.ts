import { connect } from "node:net";
import { connectAsync } from "mqtt";
import type { BrokerNeed, ServerNeed } from "../../core/adapter.ts";
import { reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { withoutPassword } from "../../log-redaction.ts";
import { ok, problem, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";

/** A stick or modem on the network; one that talks to the gateway already may take nobody else. */
export async function checkServer(
  { what, url, examine }: ServerNeed,
  isUsed: boolean,
  { clock }: Pick<Surroundings, "clock">,
): Promise<readonly Finding[]> {
  if (isUsed) return [];
  const { hostname, port } = url;
  const reason = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (found: string | undefined): void => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(limits.doctorDialMs, () => end("no answer"));
    socket.once("connect", () => end(undefined));
    socket.once("error", (error) => end(reasonOf(error)));
  });
  if (reason === undefined) {
    const context = { clock, signal: AbortSignal.timeout(limits.doctorExamineMs) };
    return (await examine?.(context)) ?? [ok(`${what} at ${hostname}:${port}`)];
  }
  return [
    problem("server_unreachable", `The ${what} at ${hostname}:${port} does not answer`, {
      why: reason,
      next: `ping ${hostname}; then look whether it is switched on and serves port ${port}`,
    }),
  ];
}

export interface BrokerToReach extends Omit<BrokerNeed, "type"> {
  readonly ca?: string | undefined;
}

/** A broker elsewhere: whether it answers, and lets us in. */
export async function checkBroker(
  { what, url, username, password, ca }: BrokerToReach,
  { pid }: Pick<Surroundings, "pid">,
): Promise<readonly Finding[]> {
  const shown = withoutPassword(url.href);
  try {
    const client = await connectAsync(url.href, {
      protocolVersion: 4,
      // Nobody else's: a client of the same name would be put out.
      clientId: `koine-doctor-${pid}`,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: limits.doctorDialMs,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(ca !== undefined && { ca }),
    });
    await client.endAsync();
    return [ok(`${what} ${shown}`)];
  } catch (cause) {
    const reason = reasonOf(cause);
    if (/refused: (?:not auth|bad user|ident)/i.test(reason)) {
      return [
        problem("broker_refused", `The ${what} ${shown} does not let us in`, {
          why: reason,
          next: "Correct username: and password: in koine.yaml, or add the user at that broker",
        }),
      ];
    }
    return [
      problem("broker_unreachable", `The ${what} ${shown} cannot be reached`, {
        why: reason,
        next: `mosquitto_sub -h ${url.hostname} -p ${url.port || (url.protocol === "mqtts:" ? "8883" : "1883")} -t '#' -C 1`,
      }),
    ];
  }
}
