/** Structured logs: one JSON object a line. Neither keys nor tokens, selectors or texts are ever given to it. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** A line of metrics alone, where nothing happened that a person should read. */
  readonly metrics: (blob: LogFields) => void;
}

/** What a line tells besides its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * @param write takes one line without its end. Not `console.log`: in Lambda that puts the time and more before it,
 * and then neither metrics nor fields are found in the line.
 */
export function createLog(write: (line: string) => void): Log {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, fields: LogFields = {}) => {
      write(JSON.stringify({ level, message, ...fields }));
    };
  const metrics = (blob: LogFields) => {
    write(JSON.stringify(blob));
  };
  return { info: at('info'), warn: at('warn'), error: at('error'), metrics };
}

/** An error of a service, which speaks of itself: its name and words. */
export function describeError(error: unknown): LogFields {
  return error instanceof Error ? { name: error.name, message: error.message } : { name: typeof error };
}

/** An error of our own, whose message may quote what was sent: its name, and where it came from. */
export function locateError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { name: typeof error };
  // The message stands before the frames, and may have lines of its own.
  const [, stack = ''] = (error.stack ?? '').split(`${error.message}\n`);
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return { name: error.name, at: frames.slice(0, 5).map((line) => line.trim().slice('at '.length)) };
}
