/** The version of this package, as package.json has it; a test holds them together. */
export const version = "0.1.0";

/** The first version of Node.js that it runs on, likewise: major and minor. */
export const nodeLeast = [20, 19] as const;
