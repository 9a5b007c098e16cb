import { readdirSync, readFileSync } from "node:fs";

/** Fields of `/proc/<pid>/stat` after the name, which may have spaces in it. */
function statOf(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

/** The processes that a process started and that have not ended. */
export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return all.map(Number).filter((one) => {
    const [state, parent] = statOf(one);
    return Number(parent) === pid && state !== "Z";
  });
}

/** Whether a process exists that has not ended. */
export function isAlive(pid: number): boolean {
  const [state] = statOf(pid);
  return state !== undefined && state !== "Z";
}

/** Ticks of the kernel's accounting are 1/100 s on every Linux. */
const msPerTick = 10;

/** CPU time that a process has used, in ms, with all its threads. */
export function cpuMsOf(pid: number): number {
  const [user, system] = statOf(pid).slice(11, 13);
  return (Number(user) + Number(system)) * msPerTick;
}

/** Resident memory of a process, in MiB. */
export function residentMibOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (kib === undefined) throw new Error(`Process ${pid} is gone`);
  return Number(kib) / 1_024;
}
