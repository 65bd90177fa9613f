/** Structured logs: one JSON object a line. Neither tokens nor selectors nor texts are ever given to it. */
export interface Log {
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

/** What a line tells besides its message. An Error becomes its name and message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** @param write takes one line without its end. */
export function createLog(write: (line: string) => void): Log {
  const at =
    (level: keyof Log) =>
    (message: string, fields: LogFields = {}) => {
      write(JSON.stringify({ level, message, ...fields }, readable));
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function readable(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
