/** A structured log: one JSON object per line. Callers never pass keys, tokens, selectors or texts. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
  /** Writes metrics without a message, for an invocation with nothing to report. */
  readonly metrics: (blob: LogFields) => void;
}

/** The fields of a line besides its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * @param write takes one line without its end. Not `console.log`: in Lambda it puts the time and more before the line,
 * so that CloudWatch finds neither metrics nor fields in it.
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

/** The name and message of an error of a service. Such a message repeats nothing of a push. */
export function describeError(error: unknown): { readonly name: string; readonly message?: string } {
  return error instanceof Error ? { name: error.name, message: error.message } : { name: typeof error };
}

/** The name and origin of an error of this code. Its message is left out, because it may quote a push. */
export function locateError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { name: typeof error };
  // The message comes before the frames, and can have several lines.
  const [, stack = ''] = (error.stack ?? '').split(`${error.message}\n`);
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return { name: error.name, at: frames.slice(0, 5).map((line) => line.trim().slice('at '.length)) };
}
