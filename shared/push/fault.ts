/** What kind of fault a parameter has: for programs, so that they need not read the detail. */
export type FaultCode =
  | 'missing'
  | 'empty'
  | 'repeated'
  | 'unknown'
  | 'misspelt'
  | 'white-space'
  | 'percent-encoding'
  | 'utf-8'
  | 'character'
  | 'too-long'
  | 'too-many'
  | 'base64'
  | 'event'
  | 'forbidden';

/** One thing that is wrong with a request, told to the person who sent it. */
export interface Fault {
  /** The parameter as it was sent (long names cut), or absent where the fault is the whole body's. */
  readonly parameter?: string;
  readonly code: FaultCode;
  /** What is wrong and what to do, as a sentence. */
  readonly detail: string;
}
