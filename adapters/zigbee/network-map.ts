import { reasonOf, type AdapterHost } from "koine/adapter";
import type { Controller } from "zigbee-herdsman";
import type { Device } from "./library.ts";
import { limits } from "./limits.ts";
import { bareAddress } from "./link.ts";
import type { Members } from "./members.ts";

export interface MapNode {
  readonly ieee: string;
  readonly type: "coordinator" | "router" | "end_device";
  readonly model: string;
  /** It did not tell its neighbours, and why. */
  readonly failed?: string;
}

export interface MapEdge {
  readonly from: string;
  readonly to: string;
  /** 0…255 as the one who tells hears the other. */
  readonly quality: number;
  readonly relation: "parent" | "child" | "sibling" | "none" | "previous_child";
}

export interface NetworkMap {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

const relations = ["parent", "child", "sibling", "none", "previous_child"] as const;

/** Asks the stick and every router who is in reach of whom: a few seconds and much radio traffic. */
export async function drawMap(
  controller: Controller,
  members: Members,
  host: AdapterHost,
): Promise<NetworkMap> {
  const devices = [...controller.getDevicesIterator()];
  const telling = devices.filter(({ type }) => type === "Coordinator" || type === "Router");
  const edges: MapEdge[] = [];
  const failed = new Map<string, string>();
  for (const device of telling.slice(0, limits.mapRouters)) {
    try {
      edges.push(...(await neighboursOf(device, host)));
    } catch (error) {
      failed.set(device.ieeeAddr, reasonOf(error));
    }
  }
  const nodes = devices.map((device) => nodeOf(device, members, failed.get(device.ieeeAddr)));
  return { nodes, edges };
}

async function neighboursOf(device: Device, { clock }: AdapterHost): Promise<readonly MapEdge[]> {
  const patience = new AbortController();
  const late = clock.sleep(limits.mapMs, patience.signal).then(() => {
    throw new Error(`no answer within ${limits.mapMs / 1_000} s`);
  });
  late.catch(() => {});
  try {
    const table = await Promise.race([device.lqi(), late]);
    return table.map(({ eui64, lqi, relationship }) => ({
      from: bareAddress(device.ieeeAddr),
      to: bareAddress(eui64),
      quality: lqi,
      relation: relations[relationship] ?? "none",
    }));
  } finally {
    patience.abort();
  }
}

function nodeOf(device: Device, members: Members, failed: string | undefined): MapNode {
  const ieee = bareAddress(device.ieeeAddr);
  const member = members.find(ieee);
  const kinds = { Coordinator: "coordinator", Router: "router" } as const;
  const type =
    device.type === "Coordinator" || device.type === "Router" ? kinds[device.type] : "end_device";
  const model = member
    ? `${member.definition.vendor} ${member.definition.model}`
    : (device.modelID ?? type);
  return { ieee, type, model, ...(failed !== undefined && { failed }) };
}

/** Pixels of the picture. */
const size = 900;
const radius = { coordinator: 0, router: 210, end_device: 380 } as const;
const colours = { coordinator: "#b3261e", router: "#2e6b3f", end_device: "#3b5b92" } as const;

/** The map as a picture: the stick in the middle, routers around it, the others outside. */
export function pictureOf({ nodes, edges }: NetworkMap): string {
  const places = new Map(
    (["coordinator", "router", "end_device"] as const).flatMap((type) => {
      const ring = nodes.filter((node) => node.type === type);
      return ring.map((node, index) => [node.ieee, placeOn(radius[type], index / ring.length)]);
    }),
  );
  const lines = edges.flatMap(({ from, to, quality }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    const style = `stroke="#888" stroke-width="1" stroke-opacity="${(0.2 + quality / 320).toFixed(2)}"`;
    return `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" ${style}><title>${quality}</title></line>`;
  });
  const dots = nodes.flatMap(({ ieee, type, model }) => {
    const place = places.get(ieee);
    if (!place) return [];
    const { x, y } = place;
    const dot = `<circle cx="${x}" cy="${y}" r="8" fill="${colours[type]}"><title>${ieee}</title></circle>`;
    const text = `<text x="${x}" y="${y + 22}" font-size="11" text-anchor="middle">${escaped(model)}</text>`;
    return [dot, text];
  });
  const opening = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" font-family="sans-serif">`;
  return [opening, ...lines, ...dots, "</svg>"].join("\n");
}

function placeOn(distance: number, turn: number): { readonly x: number; readonly y: number } {
  const angle = turn * 2 * Math.PI;
  const middle = size / 2;
  return {
    x: Math.round(middle + distance * Math.sin(angle)),
    y: Math.round(middle - distance * Math.cos(angle)),
  };
}

function escaped(text: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replaceAll(/[&<>"]/g, (sign) => signs[sign] ?? sign);
}
