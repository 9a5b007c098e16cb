/** A result that is there already: `then` calls back before it returns. */
export interface Now<T> {
  then(fulfilled: (value: T) => void, rejected?: (reason: Error) => void): void;
}

export function now<T>(value: T): Now<T> {
  // oxlint-disable-next-line unicorn/no-thenable -- being one is the point, see Persistence
  return { then: (fulfilled) => fulfilled(value) };
}

export function failed(reason: Error): Now<never> {
  // oxlint-disable-next-line unicorn/no-thenable -- as above
  return { then: (_, rejected) => rejected?.(reason) };
}
