/** What was seen in the test that runs, and is not as the published schema says. */
export const violations: string[] = [];
