/** What a command returns to the shell. */
export const exitCodes = { well: 0, failed: 1, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
