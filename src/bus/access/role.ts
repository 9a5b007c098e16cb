/** What a user may be. */
export const userRoles = ["admin", "controller", "reader", "device"] as const;
export type UserRole = (typeof userRoles)[number];

/**
 * What a client may be: a user of some role; `local`, on this machine and without a name; or
 * `adapter`, one of our own, which reads the dialects of devices and not what Koine made of it.
 */
export type Role = UserRole | "local" | "adapter";
