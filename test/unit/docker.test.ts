import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { version } from "../../src/version.ts";

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
}

const mountSchema = z.strictObject({
  type: z.literal("bind"),
  source: z.string(),
  target: z.string(),
  read_only: z.literal(true).optional(),
  bind: z.strictObject({ create_host_path: z.literal(false) }).optional(),
});

/** What a service of ours may say; a key nobody thought about here is an error. */
const serviceSchema = z.strictObject({
  image: z.literal("koine"),
  build: z.strictObject({ context: z.literal(".."), dockerfile: z.literal("docker/Dockerfile") }),
  container_name: z.literal("koine"),
  profiles: z.tuple([z.string()]).optional(),
  restart: z.literal("unless-stopped"),
  user: z.string().regex(/^[1-9]\d*:[1-9]\d*$/),
  read_only: z.literal(true),
  tmpfs: z.array(z.string().startsWith("/tmp:")),
  cap_drop: z.tuple([z.literal("ALL")]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  network_mode: z.literal("host").optional(),
  ports: z.array(z.string()).default([]),
  group_add: z.tuple([z.literal("dialout")]).optional(),
  device_cgroup_rules: z.array(z.string()).default([]),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  stop_grace_period: z.string(),
  mem_limit: z.string(),
  pids_limit: z.number(),
  environment: z.record(z.string(), z.string()),
  volumes: z.array(mountSchema),
  logging: z.unknown(),
});

const { services } = z
  .looseObject({ services: z.record(z.string(), serviceSchema) })
  .parse(parse(read("docker/compose.yaml"), { merge: true }));
const names = Object.keys(services);
const others = names.filter((name) => name !== "bluetooth");
const service = (name: string): z.infer<typeof serviceSchema> =>
  serviceSchema.parse(services[name]);

describe("docker/compose.yaml", () => {
  test("starts one service when none is named, each other by its name", () => {
    expect(names.map((name) => [name, service(name).profiles?.[0]])).toEqual([
      ["koine", undefined],
      ...names.slice(1).map((name) => [name, name]),
    ]);
  });

  test.each(others)("%s has no capability, and can get none", (name) => {
    expect(service(name).cap_add).toEqual([]);
    expect(service(name).security_opt).toEqual(["no-new-privileges:true"]);
    expect(service(name).entrypoint).toBeUndefined();
  });

  test("bluetooth has the two capabilities it takes, and forbids more itself", () => {
    const { cap_add: added, entrypoint = [], network_mode: network } = service("bluetooth");
    expect(added.toSorted()).toEqual(["NET_ADMIN", "NET_RAW"]);
    expect(network).toBe("host");
    expect(entrypoint.slice(2)).toEqual([
      "setpriv-bluetooth",
      "--inh-caps=+net_raw,+net_admin",
      "--ambient-caps=+net_raw,+net_admin",
      "--no-new-privs",
      "koine",
    ]);
  });

  test("ports are published of the listeners with TLS alone", () => {
    const published = names.flatMap((name) => service(name).ports);
    expect(published).toEqual(["8883:8883", "9443:9443"]);
  });

  test("only /data can be written; /dev is there where sticks are, for serial ports alone", () => {
    for (const name of names) {
      const { volumes, device_cgroup_rules: rules } = service(name);
      const writable = volumes.filter(({ read_only: isReadOnly }) => isReadOnly !== true);
      expect(writable.map(({ target }) => target)).toEqual(["/data"]);
      const hasSticks = volumes.some(({ target }) => target === "/dev");
      expect(rules).toEqual(hasSticks ? ["c 188:* rmw", "c 166:* rmw"] : []);
      expect(hasSticks).toBe(["sticks", "bluetooth"].includes(name));
    }
  });
});

describe("docker/Dockerfile", () => {
  const text = read("docker/Dockerfile");

  test("tells the version of the package", () => {
    expect(text).toContain(`org.opencontainers.image.version="${version}"`);
  });

  test("ends as somebody who is not root, with a number", () => {
    expect([...text.matchAll(/^USER (.*)$/gm)].map(([, user]) => user)).toEqual(["1000:1000"]);
  });

  test("copies nothing that .dockerignore keeps out", () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files = ""]) =>
      files.split(" "),
    );
    const letIn = read(".dockerignore").split("\n");
    expect(copied.filter((file) => !letIn.includes(`!${file}`))).toEqual([]);
    expect(new Set(copied)).toEqual(
      new Set(letIn.flatMap((line) => /^!(.*)$/.exec(line)?.[1] ?? [])),
    );
  });
});

test("docs/docker.md tells of every service", () => {
  const text = read("docs/docker.md");
  for (const name of names.slice(1)) expect(text).toContain(`docker compose up -d ${name}`);
});
