import { z } from "zod";
import { askDaemon } from "../../bus/control-client.ts";
import { CommandError, isKoineError, reasonOf, type LinkError } from "../../errors.ts";
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
interface RunningAdapter {
  readonly name: string;
  readonly state: string;
  readonly reason?: string | undefined;
}

export interface CheckedGateway {
  readonly findings: readonly Finding[];
  /** Whether one runs, or may: what it holds is not tried then. */
  readonly mayRun: boolean;
  /** Whether the data directory is that of a service which runs as another user. */
  readonly isServed: boolean;
  /** Whether an adapter has its link, as far as is known: what that holds is not tried either. */
  readonly uses: (adapter: string) => boolean;
}

/**
 * Whether a gateway runs on the data directory, works, and has its adapters.
 * @param run the command that starts it: `koine run`
 */
export async function checkGateway(
  directory: string,
  surroundings: Surroundings,
  run: string,
): Promise<CheckedGateway> {
  const { clock } = surroundings;
  const service = await checkService(surroundings);
  const hasService = service.some((one) => one.level === "ok" || one.code !== "service_missing");
  const ask = (verb: string): Promise<unknown> =>
    answerOf({ directory, clock, timeoutMs: limits.cliHealthMs, verb });
  try {
    const { version, pid, adapters } = infoSchema.parse(await ask("info"));
    const isOpen = new Set(adapters.filter(hasLink).map(({ name }) => name));
    return {
      mayRun: true,
      isServed: false,
      uses: (name) => isOpen.has(name),
      findings: [
        await ask("health").then(
          (answer) => healthFinding(healthSchema.parse(answer), pid, version),
          (error: unknown) => unhealthy(reasonOf(error)),
        ),
        ...adapters.flatMap(adapterFinding),
        ...service,
      ],
    };
  } catch (error) {
    const mayRun = !isNobody(error);
    const isServed = isDenied(error) && hasService;
    const start = hasService ? "sudo systemctl start koine; journalctl -u koine -n 50" : run;
    const finding = notAsked(error, directory, start);
    return { mayRun, isServed, uses: () => mayRun, findings: [finding, ...service] };
  }
}

/** @throws CommandError when it refuses, or does not answer in time */
async function answerOf(options: Parameters<typeof askDaemon>[0]): Promise<unknown> {
  const { status, code = "device_error", message = "refused", data } = await askDaemon(options);
  if (status === "error") throw new CommandError(code, message);
  return data;
}

/** Whether an adapter has its link, or is about to take it. */
function hasLink({ state }: RunningAdapter): boolean {
  return ["opening", "online", "degraded", "attention"].includes(state);
}

function healthFinding(
  { healthy, troubles }: z.infer<typeof healthSchema>,
  pid: number,
  version: string,
): Finding {
  if (!healthy) return unhealthy(troubles.join("; "));
  return ok(`The gateway runs (process ${pid}, version ${version})`);
}

function notAsked(error: unknown, directory: string, start: string): Finding {
  if (isDenied(error)) {
    return warning("gateway_closed", "Whether a gateway runs cannot be seen by this user", {
      why: `Data directory "${directory}" is somebody else's`,
      next: "sudo koine doctor",
    });
  }
  if (!isNobody(error)) return unhealthy(reasonOf(error));
  return warning("gateway_down", `No gateway runs on data directory "${directory}"`, {
    // A path that no socket can have is another trouble than nobody there.
    why: error.cause === undefined ? error.message : "Nobody answers there",
    next: start,
  });
}

/** Whether it says that no gateway is there; one whose answer cannot be read is. */
function isNobody(error: unknown): error is LinkError {
  if (!isKoineError(error, "link") || isDenied(error)) return false;
  return !isKoineError(error.cause, "protocol");
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
