import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/schema.ts";
import { ConfigError } from "../errors.ts";
import { Client } from "./client.ts";
import { dataDirectory, loadMeant } from "./configuration.ts";
import type { Context } from "./context.ts";

/** How a command finds the running gateway. */
export interface ConnectionOptions {
  readonly config?: string;
  readonly url?: string;
}

/**
 * Runs `use` with a client of the running gateway: at `--url`, or where the configuration lets it
 * listen.
 * @throws LinkError when none answers
 */
export async function withClient<T>(
  options: ConnectionOptions,
  context: Context,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const { env } = context;
  const { config } = await loadMeant(options, context);
  const { root } = config.bus;
  const commandTimeoutS = config.commands.timeout;
  const url = brokerUrl(options, config, env);
  const ca = ownAuthority(dataDirectory(config, env));
  const clock = context.clock(1);
  const client = await Client.connect({ url, root, clock, commandTimeoutS, ca });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Where the gateway listens, by the first that says so: the command line, the environment, the file. */
export function brokerUrl(
  { url }: ConnectionOptions,
  { bus: { listen, url: broker } }: Config,
  env: Context["env"],
): string {
  const named = url ?? env["KOINE_URL"];
  if (named !== undefined) return named;
  if (broker !== undefined) return broker.href;
  const address = listen.find(({ protocol }) => protocol === "tcp") ?? listen[0];
  if (!address) throw new ConfigError("The configuration has no address to connect to");
  const scheme = { tcp: "mqtt", tls: "mqtts", ws: "ws", wss: "wss" }[address.protocol];
  return `${scheme}://${reachable(address.host)}:${address.port}`;
}

/** Where a listener on every address is found from this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** The certificate of the gateway's own authority, where it has one. */
function ownAuthority(directory: string): string | undefined {
  const file = join(directory, "tls", "ca.pem");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
