import { arch } from "node:os";
import { ok, problem, warning, type Finding } from "../../model/finding.ts";
import { memoryBudget } from "../../service/memory-budget.ts";
import { nodeLeast } from "../../version.ts";
import type { Surroundings } from "../surroundings.ts";

const mib = 1_048_576;
/** Everything of a gateway at rest, Bluetooth in its process included, and room for the system. */
const memoryLeastMib = 384;
/** A heap that may take more of the memory is ended by the kernel before V8 tidies it up. */
const heapShareMost = 0.75;

/** Node.js and memory. */
export async function checkMachine(surroundings: Surroundings): Promise<readonly Finding[]> {
  return [checkNode(surroundings), ...checkMemory(surroundings)];
}

function checkNode({ nodeVersion }: Surroundings): Finding {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const [least, leastMinor] = nodeLeast;
  if (major > least || (major === least && minor >= leastMinor)) {
    return ok(`Node.js ${nodeVersion} on ${arch()}`);
  }
  return problem("node_too_old", `Node.js is ${nodeVersion}`, {
    why: `Koine needs ${nodeLeast.join(".")} or newer`,
    next: "sudo apt install nodejs (Debian 13 or newer), or see docs/install-pi.md",
  });
}

function checkMemory({ memoryBytes, heapLimitBytes }: Surroundings): Finding[] {
  const memoryMib = Math.round(memoryBytes / mib);
  const heapMib = Math.round(heapLimitBytes / mib);
  const findings: Finding[] = [];
  if (memoryMib < memoryLeastMib) {
    findings.push(
      warning("memory_small", `There are ${memoryMib} MiB of memory`, {
        why: `A gateway with all adapters wants ${memoryLeastMib} MiB, the system included`,
        next: "Leave out adapters that you do not need, or give the container more memory",
      }),
    );
  }
  if (heapLimitBytes > memoryBytes * heapShareMost) {
    const best = memoryBudget(memoryBytes).heapMib;
    findings.push(
      warning("heap_limit", `The heap may take ${heapMib} of ${memoryMib} MiB of memory`, {
        why: "The kernel would end the gateway before it finds that its memory is full",
        next: `export NODE_OPTIONS=--max-old-space-size=${best}; the unit of "koine service install" sets it`,
      }),
    );
  }
  if (findings.length > 0) return findings;
  return [ok(`${memoryMib} MiB of memory, of which the heap may take ${heapMib}`)];
}
