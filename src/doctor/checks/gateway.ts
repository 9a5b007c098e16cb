import { z } from "zod";
import { askDaemon } from "../../bus/control-client.ts";
import { isKoineError, reasonOf } from "../../errors.ts";
import { limits } from "../../limits.ts";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import type { Surroundings } from "../surroundings.ts";

const infoSchema = z.object({
  version: z.string(),
  pid: z.number(),
  adapters: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      code: z.string().optional(),
      reason: z.string().optional(),
    }),
  ),
});
const healthSchema = z.object({ healthy: z.boolean(), troubles: z.array(z.string()) });

/** How an adapter of the running gateway stands. */
export interface RunningAdapter {
  readonly name: string;
  readonly state: string;
  readonly reason?: string | undefined;
}

export interface CheckedGateway {
  /** Those of the gateway that runs; undefined when none does, or it does not say. */
  readonly adapters: readonly RunningAdapter[] | undefined;
  readonly findings: readonly Finding[];
}

/** Whether a gateway runs on the data directory, works, and has its adapters. */
export async function checkGateway(
  directory: string,
  surroundings: Surroundings,
): Promise<CheckedGateway> {
  const { clock } = surroundings;
  const question = { directory, clock, timeoutMs: limits.cliHealthMs };
  try {
    const { data } = await askDaemon({ ...question, verb: "info" });
    const { version, pid, adapters } = infoSchema.parse(data);
    const health = healthSchema.parse((await askDaemon({ ...question, verb: "health" })).data);
    return {
      adapters,
      findings: [
        health.healthy
          ? ok(`The gateway runs (process ${pid}, version ${version})`)
          : unhealthy(health.troubles.join("; ")),
        ...adapters.flatMap(adapterFinding),
        ...(await checkService(surroundings)),
      ],
    };
  } catch (error) {
    const service = await checkService(surroundings);
    return { adapters: undefined, findings: [notAsked(error, directory, service), ...service] };
  }
}

function notAsked(error: unknown, directory: string, service: readonly Finding[]): Finding {
  if (isKoineError(error, "command")) return unhealthy(error.message);
  if (isDenied(error)) {
    return warning("gateway_closed", "A gateway runs here that you may not ask", {
      why: `Data directory "${directory}" belongs to somebody else`,
      next: "sudo koine doctor",
    });
  }
  const isInstalled = service.some(({ level }) => level === "ok");
  return warning("gateway_down", `No gateway runs on data directory "${directory}"`, {
    why: isKoineError(error, "link") ? "Nobody answers there" : reasonOf(error),
    next: isInstalled ? "sudo systemctl start koine; journalctl -u koine -n 50" : "koine run",
  });
}

/** A socket, or a folder on the way to it, that is closed to this user. */
function isDenied(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "EACCES";
}

function unhealthy(why: string): Finding {
  return problem("gateway_unhealthy", "The gateway runs and does not work", {
    why,
    next: "sudo systemctl restart koine; journalctl -u koine -n 200",
  });
}

function adapterFinding({ name, state, reason }: RunningAdapter): Finding[] {
  if (state === "online" || state === "stopped") return [];
  return [
    problem("adapter_down", `Adapter ${name} is ${state}`, {
      why: reason ?? "It does not say why",
      next: `journalctl -u koine | grep '"adapter":"${name}"' | tail; koine request info`,
    }),
  ];
}

/** Whether the system starts the gateway by itself; nothing where there is no systemd. */
async function checkService({ run }: Surroundings): Promise<readonly Finding[]> {
  const asked = await run(
    "systemctl",
    "show",
    "koine.service",
    "--property=LoadState,ActiveState,Result",
  );
  if (asked.code !== 0) return [];
  const of = (name: string): string | undefined =>
    new RegExp(`^${name}=(.*)$`, "m").exec(asked.text)?.[1];
  if (of("LoadState") === "not-found") {
    return [
      warning("service_missing", "Nothing starts the gateway after a power cut", {
        why: "There is no service koine",
        next: "sudo koine service install",
      }),
    ];
  }
  if (of("ActiveState") === "failed" || (of("Result") ?? "success") !== "success") {
    return [
      problem("service_failed", "The service koine has failed", {
        why: `systemd says: ${of("Result")}`,
        next: "journalctl -u koine -n 50; then: sudo systemctl restart koine",
      }),
    ];
  }
  return [ok(`The service koine is ${of("ActiveState")}`)];
}
