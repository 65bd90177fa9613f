import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stopReserveMs } from '../../../functions/sweep/slice.ts';
import type { Store } from '../../../shared/sweeps/store.ts';
import type { SendMessages } from '../../../functions/sweep/enqueue.ts';
import { listOf, startSweep, tokensOf } from '../../support/sweep.ts';

const list = 'devices/list.csv';
const pieceRows = 1000;

let sweep: Awaited<ReturnType<typeof startSweep>>;
let sent: number[];
let recorded: number;
beforeEach(async () => {
  sweep = await startSweep();
  await sweep.putList(listOf(tokensOf(5 * pieceRows)));
  await sweep.plan('large');
  sent = [];
  recorded = 0;
});
afterEach(() => sweep.stop());

const send: SendMessages = (messages) => {
  sent.push(messages.length);
  return Promise.resolve({ done: messages, failed: [] });
};

/** A store that reads the list in pieces of 1000 rows, and counts the records of how far the slice is. */
function inPieces(onPiece: (index: number) => unknown = () => undefined): Store {
  return {
    ...sweep.store,
    async open(key, etag) {
      const opened = await sweep.store.open(key, etag);
      return opened && { ...opened, bytes: piecesOf(onPiece) };
    },
    write(key, text, condition) {
      if (key.includes('.progress.')) recorded += 1;
      return sweep.store.write(key, text, condition);
    },
  };
}

async function* piecesOf(onPiece: (index: number) => unknown) {
  const lines = listOf(tokensOf(5 * pieceRows)).split(/(?<=\n)/);
  const [header = '', ...rows] = lines;
  for (let index = 0; index < 5; index += 1) {
    await onPiece(index);
    const piece = rows.slice(index * pieceRows, (index + 1) * pieceRows).join('');
    yield Buffer.from(index === 0 ? header + piece : piece);
  }
}

describe('a slice of many pushes', () => {
  it('is sent in blocks of 2000, so that the queue is not asked for each piece of the list', async () => {
    await sweep.tick({ store: inPieces(), send });
    expect(sent).toEqual([2000, 2000, 1000]);
  });

  it('is recorded at its begin and its end only if it takes less than ten seconds', async () => {
    await sweep.tick({ store: inPieces(), send });
    expect(recorded).toBe(2);
  });

  it('is recorded every ten seconds, so that a killed tick sends few pushes twice', async () => {
    // Each piece of the list is followed by a look at the time that is left.
    const remainingMs = () => {
      sweep.setNow(sweep.now() + 10_000);
      return 800_000;
    };
    await sweep.tick({ store: inPieces(), send }, remainingMs);
    expect(sent).toEqual([1000, 1000, 1000, 1000, 1000, 0]);
    expect(recorded).toBe(7);
  });

  it('is not recorded again before ten more seconds have passed', async () => {
    const store = inPieces((index) => {
      if (index === 1) sweep.setNow(sweep.now() + 10_000);
    });
    await sweep.tick({ store, send });
    expect(recorded).toBe(3);
  });

  it('is finished by a tick that has just the time in reserve', async () => {
    await sweep.tick({ store: inPieces(), send }, () => stopReserveMs);
    expect(await sweep.summaries('large')).toMatchObject([{ enqueued: 5000 }]);
  });

  it('says in the log how long the tick worked on it', async () => {
    await sweep.tick({
      store: inPieces(() => {
        sweep.setNow(sweep.now() + 1000);
      }),
      send,
    });
    expect(sweep.log.lines.join('\n')).toContain('"ms":5000');
  });

  it('is left to the next tick when the queue fails while the list is read, and the process goes on', async () => {
    const unhandled: unknown[] = [];
    const listener = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', listener);
    try {
      const store = inPieces(() => new Promise((resolve) => setImmediate(resolve)));
      const failing = () => Promise.reject(new Error('The queue is gone.'));
      await expect(sweep.tick({ store, send: failing })).rejects.toThrow('1 of 1 plans failed');
    } finally {
      process.off('unhandledRejection', listener);
    }
    expect(unhandled).toEqual([]);
    await sweep.tick({ store: inPieces(), send });
    expect(await sweep.summaries('large')).toMatchObject([{ enqueued: 5000 }]);
  });
});

describe('a list that is replaced when a tick is about to read it', () => {
  it('is read by the next tick, and the fault report is gone then', async () => {
    const store: Store = {
      ...sweep.store,
      async head(key) {
        const found = await sweep.store.head(key);
        if (key === list) await sweep.putList(listOf(['new']));
        return found;
      },
    };
    await sweep.tick({ store });
    expect(sweep.tokens()).toEqual([]);
    expect((await sweep.faults('large'))?.faults).toEqual([
      { property: 'devices', detail: `The list ${list} was replaced while it was read.` },
    ]);
    await sweep.tick();
    expect(sweep.tokens()).toEqual(['new']);
    expect(await sweep.faults('large')).toBeUndefined();
  });
});
