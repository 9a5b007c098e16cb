import { connect } from "node:net";
import { connectAsync, type IClientOptions } from "mqtt";
import type { BrokerNeed, ServerNeed } from "../../core/adapter.ts";
import { reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { withoutPassword } from "../../log-redaction.ts";
import { ok, problem, type Finding } from "../../model/finding.ts";
import { examination } from "../examination.ts";
import type { Surroundings } from "../surroundings.ts";

/** A stick or modem on the network; one that talks to the gateway already may take nobody else. */
export async function checkServer(
  { what, url, examine }: ServerNeed,
  isUsed: boolean,
  { clock }: Pick<Surroundings, "clock">,
): Promise<readonly Finding[]> {
  if (isUsed) return [];
  const { port } = url;
  // An IPv6 address stands in brackets in a URL, and nowhere else.
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
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
    return examine ? examination(examine, clock) : [ok(`${what} at ${hostname}:${port}`)];
  }
  return [
    problem("server_unreachable", `The ${what} at ${hostname}:${port} does not answer`, {
      why: reason,
      next: `ping -c 3 ${hostname}; then look whether it is switched on and serves port ${port}`,
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
    const options: IClientOptions = {
      protocolVersion: 4,
      // Nobody else's: a client of the same name would be put out.
      clientId: `koine-doctor-${pid}`,
      clean: true,
      reconnectPeriod: 0,
      connectTimeout: limits.doctorDialMs,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      ...(ca !== undefined && { ca }),
    };
    // One that closes the connection without a word is not waited for.
    const client = await connectAsync(url.href, options, false);
    await client.endAsync();
    return [ok(`${what} ${shown}`)];
  } catch (cause) {
    const reason = reasonOf(cause);
    const certificate = certificateProblem(cause, what, url);
    if (certificate) return [certificate];
    if (/refused: (?:not auth|bad user|ident)/i.test(reason)) {
      return [
        problem("broker_refused", `The ${what} ${shown} does not let us in`, {
          why: reason,
          next: "Correct user name and password in koine.yaml, or add the user at that broker",
        }),
      ];
    }
    return [
      problem("broker_unreachable", `The ${what} ${shown} cannot be reached`, {
        why: reason,
        next: `ping -c 3 ${url.hostname}; then look whether a broker serves port ${portOf(url)} there`,
      }),
    ];
  }
}

/** What TLS says of a certificate, among the other reasons why a connection fails. */
const ofCertificate = /CERT|SIGNATURE|ISSUER/;

function certificateProblem(cause: unknown, what: string, url: URL): Finding | undefined {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (!ofCertificate.test(code)) return undefined;
  const place = `${url.hostname}:${portOf(url)}`;
  if (code === "CERT_HAS_EXPIRED") {
    return problem("certificate_expired", `The certificate of the ${what} ${place} has expired`, {
      why: "It is not trusted any more",
      next: "Have it renewed there; and see that the clock is right here: date",
    });
  }
  return problem("certificate_unusable", `The certificate of the ${what} ${place} is not trusted`, {
    why: reasonOf(cause),
    next: `openssl s_client -connect ${place} -showcerts </dev/null; then name in koine.yaml who vouches for it (bus.ca), or the right host`,
  });
}

const usualPorts: Readonly<Record<string, string>> = {
  "mqtt:": "1883",
  "mqtts:": "8883",
  "ws:": "80",
  "wss:": "443",
};

function portOf({ port, protocol }: URL): string {
  return port || (usualPorts[protocol] ?? "1883");
}
