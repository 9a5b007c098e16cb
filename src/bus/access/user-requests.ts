import { z } from "zod";
import { verb, type Verb } from "../../core/requests.ts";
import type { Scalar } from "../../model/scalar.ts";
import { userRoles } from "./role.ts";
import type { Users } from "./users.ts";

const named = z.strictObject({ user: z.string() });
const withPassword = named.extend({ password: z.string() });
const added = withPassword.extend({
  role: z.enum(userRoles),
  topics: z.array(z.string()).optional(),
});

/** What may be asked about users, at the control socket only: passwords are no matter of the bus. */
export function userRequests(users: Users): Readonly<Record<string, Verb>> {
  return {
    "users/list": verb(z.strictObject({}), () =>
      users.list().map(({ name, role, topics }): Scalar => ({
        user: name,
        role,
        ...(topics && { topics: [...topics] }),
      })),
    ),
    "users/add": verb(added, async ({ user, role, topics, password }) => {
      await users.add({ name: user, role, topics }, password);
      return { user, role };
    }),
    "users/remove": verb(named, async ({ user }) => {
      await users.remove(user);
      return { user };
    }),
    "users/passwd": verb(withPassword, async ({ user, password }) => {
      await users.setPassword(user, password);
      return { user };
    }),
  };
}
