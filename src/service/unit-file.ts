import type { MemoryBudget } from "./memory-budget.ts";

export interface UnitOptions {
  readonly version: string;
  /** Absolute paths: of Node.js, of the program it runs, of the configuration, of the data directory. */
  readonly node: string;
  readonly main: string;
  readonly config: string;
  readonly data: string;
  readonly memory: MemoryBudget;
  /** The configuration has an adapter that listens to Bluetooth. */
  readonly bluetooth: boolean;
  /** It has modems on USB, whose power may have to be taken for a moment. */
  readonly modems: boolean;
  /** Groups that exist and that own what the adapters open. */
  readonly groups: readonly string[];
}

/** How long the service may be silent before it is killed, in s; it speaks every 10 s. */
const watchdogS = 30;
/** Where systemd keeps the data of services. */
const stateRoot = "/var/lib";

/** The first words of every file that is ours. */
export const madeBy = '# Made by "koine service install"';

/** `koine.service`, for systemd 247 and later. */
export function unitFile(options: UnitOptions): string {
  const { version, bluetooth } = options;
  const sections = [
    `${madeBy} of Koine ${version}, which writes it anew. Changes of yours: sudo systemctl edit koine`,
    unitSection(bluetooth),
    serviceSection(options),
    "[Install]\nWantedBy=multi-user.target",
  ];
  return `${sections.join("\n\n")}\n`;
}

function unitSection(bluetooth: boolean): string {
  return `[Unit]
Description=Koine, one language for ZigBee, Bluetooth LE, WiFi and phones
# Names of serial ports have to be known to the kernel when DeviceAllow is read: a stick may come later.
Wants=modprobe@usbserial.service modprobe@cdc_acm.service
After=network.target modprobe@usbserial.service modprobe@cdc_acm.service${bluetooth ? " bluetooth.service" : ""}
# It is started again for ever: nobody is there to do it.
StartLimitIntervalSec=0`;
}

function serviceSection(options: UnitOptions): string {
  const { node, main, config, data, memory, groups } = options;
  return `[Service]
Type=notify
NotifyAccess=all
WatchdogSec=${watchdogS}
ExecStart=${[node, main, "run", "--config", config].map(quoted).join(" ")}
Environment=NODE_OPTIONS=--max-old-space-size=${memory.heapMib}
Restart=always
RestartSec=2
# A configuration that cannot be used does not get better by itself.
RestartPreventExitStatus=78
TimeoutStartSec=180
TimeoutStopSec=15
MemoryMax=${memory.allMib}M
# An adapter in a process of its own that is killed for its memory is started again by the daemon.
OOMPolicy=continue
LimitCORE=0

User=koine
${groups.length > 0 ? `SupplementaryGroups=${groups.join(" ")}\n` : ""}UMask=0077
${directories(data)}
WorkingDirectory=${data}

NoNewPrivileges=yes
${capabilities(options.bluetooth)}
ProtectSystem=strict${
    options.modems
      ? `
# For \`authorized\` of modems that hang; the rights there are those of udev's rules.
ReadWritePaths=-/sys/devices`
      : ""
  }
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
# No MemoryDenyWriteExecute: V8 compiles into memory.
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

# Serial ports alone: of sticks and modems on USB, and of boards on the pins of a Pi.
DevicePolicy=closed
DeviceAllow=char-ttyUSB rw
DeviceAllow=char-ttyACM rw
DeviceAllow=char-ttyAMA rw
DeviceAllow=char-ttyS rw`;
}

/** Bluetooth is listened to by raw sockets, which take capabilities; nothing else does. */
function capabilities(bluetooth: boolean): string {
  const needed = "CAP_NET_RAW CAP_NET_ADMIN";
  return bluetooth
    ? `AmbientCapabilities=${needed}
CapabilityBoundingSet=${needed}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_BLUETOOTH`
    : `AmbientCapabilities=
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK`;
}

/** Data directories below /var/lib are made by systemd; others have to be there. */
function directories(data: string): string {
  const name = data.startsWith(`${stateRoot}/`) ? data.slice(stateRoot.length + 1) : undefined;
  const own = "RuntimeDirectory=koine\nRuntimeDirectoryMode=0700";
  if (name !== undefined) return `StateDirectory=${quoted(name)}\nStateDirectoryMode=0700\n${own}`;
  return `ReadWritePaths=${quoted(data)}\n${own}`;
}

/** As systemd reads one word: quoted where it has to be, and never expanded. */
function quoted(word: string): string {
  const literal = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[\w./@:=%$,+-]+$/.test(literal)
    ? literal
    : `"${literal.replace(/["\\]/g, (sign) => `\\${sign}`)}"`;
}
