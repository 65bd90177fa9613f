/** The part of dynalite that the local stack and the tests use; the package has no types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  export default function dynalite(options: {
    /** A directory to keep the tables in. Without it, they are in memory. */
    readonly path?: string;
    /** How long a new table is in the state CREATING. */
    readonly createTableMs?: number;
  }): Server;
}
