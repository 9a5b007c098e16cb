/** What a user may be. */
export const userRoles = ["admin", "controller", "reader", "device"] as const;
export type UserRole = (typeof userRoles)[number];

/** What a client may be that is no user. */
const otherRoles = ["local", "adapter"] as const;

/**
 * What a client may be: a user of some role; `local`, on this machine and without a name; or
 * `adapter`, one of our own, which reads the dialects of devices and not what Koine made of it.
 */
export type Role = UserRole | (typeof otherRoles)[number];

export function isRole(word: string): boolean {
  const all: readonly string[] = [...userRoles, ...otherRoles];
  return all.includes(word);
}
