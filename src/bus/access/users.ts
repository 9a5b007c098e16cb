import { z } from "zod";
import { CommandError } from "../../errors.ts";
import { limits } from "../../limits.ts";
import type { Store } from "../../store/store.ts";
import { isTopicFilter } from "../topic-filter.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { isRole, userRoles, type UserRole } from "./role.ts";

/** Somebody, or something, that may connect with a name and a password. */
export interface User {
  readonly name: string;
  readonly role: UserRole;
  /** Filters of the topics a device may use; those with its name in them when absent. */
  readonly topics?: readonly string[] | undefined;
}

const recordSchema = z.object({
  role: z.enum(userRoles),
  password: z.string(),
  topics: z.array(z.string()).optional(),
});
type UserRecord = z.infer<typeof recordSchema>;

const prefix = "user/";
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const shortestPassword = 8;
const longestPassword = 128;

/** Who may connect, in the store. */
export class Users {
  readonly #store: Omit<Store, "close">;
  readonly #users: Map<string, UserRecord>;
  /** How often each user was changed in this run. */
  readonly #revisions = new Map<string, number>();
  /** Records that cannot be read: nobody is let in by them. */
  readonly unreadable: readonly string[];
  /** Called when what a user may do, or its password, has changed. */
  changed: (name: string) => void = () => {};

  private constructor(
    store: Omit<Store, "close">,
    users: Map<string, UserRecord>,
    unreadable: readonly string[],
  ) {
    this.#store = store;
    this.#users = users;
    this.unreadable = unreadable;
  }

  static async load(store: Omit<Store, "close">): Promise<Users> {
    const users = new Map<string, UserRecord>();
    const unreadable: string[] = [];
    for (const [key, json] of await store.entries(prefix)) {
      const name = key.slice(prefix.length);
      const record = readRecord(json);
      if (record) users.set(name, record);
      else unreadable.push(name);
    }
    return new Users(store, users, unreadable);
  }

  get(name: string): User | undefined {
    const record = this.#users.get(name);
    return record && userOf(name, record);
  }

  /** Another number after every change of a user. */
  revisionOf(name: string): number {
    return this.#revisions.get(name) ?? 0;
  }

  get size(): number {
    return this.#users.size;
  }

  list(): readonly User[] {
    return [...this.#users].map(([name, record]) => userOf(name, record));
  }

  /**
   * @throws CommandError when it exists, or when something of it cannot be
   * @throws LinkError when the disk refuses
   */
  async add({ name, role, topics }: User, password: string): Promise<void> {
    if (this.#users.has(name)) throw new CommandError("bad_payload", `There is a user "${name}"`);
    if (this.#users.size >= limits.users) {
      throw new CommandError("rate_limited", `There are ${limits.users} users already`);
    }
    checkName(name, role);
    checkTopics(role, topics);
    const kept = await hash(password);
    await this.#write(name, { role, password: kept, ...(topics && { topics: [...topics] }) });
  }

  /** @throws CommandError when there is none, LinkError when the disk refuses */
  async remove(name: string): Promise<void> {
    this.#require(name);
    await this.#write(name, undefined);
  }

  /** @throws CommandError when there is none or the password cannot be, LinkError of the disk */
  async setPassword(name: string, password: string): Promise<void> {
    const record = this.#require(name);
    await this.#write(name, { ...record, password: await hash(password) });
  }

  /** The user of this name, when that is its password. */
  async verify(name: string, password: string): Promise<User | undefined> {
    const record = this.#users.get(name);
    const isRight = await verifyPassword(password, record?.password);
    return record && isRight ? userOf(name, record) : undefined;
  }

  #require(name: string): UserRecord {
    const record = this.#users.get(name);
    if (!record) throw new CommandError("bad_payload", `There is no user "${name}"`);
    return record;
  }

  async #write(name: string, record: UserRecord | undefined): Promise<void> {
    const value = record && JSON.stringify(record);
    await this.#store.write([{ key: prefix + name, value }]);
    this.#revisions.set(name, this.revisionOf(name) + 1);
    if (record) this.#users.set(name, record);
    else this.#users.delete(name);
    this.changed(name);
  }
}

function userOf(name: string, { role, topics }: UserRecord): User {
  return { name, role, ...(topics && { topics }) };
}

function readRecord(json: string): UserRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

function checkName(name: string, role: UserRole): void {
  // Rules name users and roles alike.
  if (isRole(name) && name !== role) {
    throw new CommandError(
      "bad_payload",
      `"${name}" is a role, and would be taken for it in rules`,
    );
  }
  if (namePattern.test(name)) return;
  throw new CommandError(
    "bad_payload",
    `A user's name has 1 to 64 letters, digits, ".", "_", "@" or "-", not "${name}"`,
  );
}

function checkTopics(role: UserRole, topics: readonly string[] | undefined): void {
  if (topics === undefined) return;
  if (role !== "device") {
    throw new CommandError("bad_payload", `Topics are for the role device, not ${role}`);
  }
  const wrong = topics.find((topic) => !isTopicFilter(topic) || topic.startsWith("$"));
  if (wrong !== undefined) throw new CommandError("bad_payload", `"${wrong}" is no topic filter`);
}

async function hash(password: string): Promise<string> {
  if (password.length >= shortestPassword && password.length <= longestPassword) {
    return hashPassword(password);
  }
  throw new CommandError(
    "bad_payload",
    `A password has ${shortestPassword} to ${longestPassword} characters`,
  );
}
