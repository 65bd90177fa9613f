import type { Account } from '../checker.ts';
import type { Distribution } from '../rules/columns.ts';
import { outages, refusals } from '../pushes/outage-scenarios.ts';
import { scenarios } from '../scenarios.ts';
import type { Trial } from '../trial.ts';

/** A table of docs/delivery.md whose rows are runs. */
export interface Table {
  /** Scenarios. */
  readonly rows: readonly string[];
  readonly pushes: number;
  readonly rowOf: (scenario: string, trial: Trial) => string;
}

/** What operators want to know of a scenario. */
function operatorsRow(scenario: string, { run, account }: Trial): string {
  const { accepted, delivered, duplicated, attempts, delaySeconds, delaySecondsAfterTrouble: after } = account;
  return rowOf([
    `\`${scenario}\``,
    count(accepted),
    count(delivered),
    count(givenUp(account)),
    `${count(attempts.median)}, ${count(attempts.p99)}`,
    threeTimes(delaySeconds),
    threeTimes(after),
    count(duplicated),
    count(run.mostInFlight),
  ]);
}

/** The tables that a test repeats, each by a seed of 1. */
export const tables: Readonly<Record<string, Table>> = {
  outages: {
    rows: Object.keys(outages),
    pushes: 200,
    rowOf(scenario, { account }) {
      const { accepted, delivered, attempts, receives, delaySecondsAfterTrouble: after } = account;
      return rowOf([
        `\`${scenario}\``,
        `${String((100 * delivered) / accepted)} %`,
        count(attempts.median),
        count(attempts.max),
        count(receives.max),
        delivered === 0 ? '–' : time(after.median),
        delivered === 0 ? '–' : time(after.max),
      ]);
    },
  },
  refusals: {
    rows: Object.keys(refusals),
    pushes: 200,
    rowOf(scenario, { account }) {
      const { delivered, givenUp, givenUpAtOnce, confirmed } = account;
      const { unregistered, expired } = givenUp;
      return rowOf([
        `\`${scenario}\``,
        scenarios[scenario]?.summary ?? '',
        ...[delivered, unregistered, givenUpAtOnce, confirmed, expired].map(count),
      ]);
    },
  },
  operators: {
    rows: [
      ...['healthy', 'slow', 'very-slow', 'throttling', 'throttled-app', 'flapping', 'dead-app', 'crashes'],
      ...['wrong-address', 'saturated-outage'],
    ],
    pushes: 2000,
    rowOf: operatorsRow,
  },
  'days of outage': {
    rows: ['day-outage-slow-senders', 'day-outage', 'day-outage-fast-senders'],
    pushes: 500,
    rowOf: operatorsRow,
  },
  'four days of outage': {
    rows: ['four-days-outage'],
    pushes: 200,
    rowOf: operatorsRow,
  },
};

/** The row of a run, if docs/delivery.md shows its scenario. */
export function rowOfRun(scenario: string, trial: Trial): string | undefined {
  return Object.values(tables)
    .find(({ rows }) => rows.includes(scenario))
    ?.rowOf(scenario, trial);
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function givenUp({ givenUp: reasons }: Account): number {
  return Object.values(reasons).reduce((sum, one) => sum + one, 0);
}

/** Thousands have a comma. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function threeTimes({ median, p99, max }: Distribution): string {
  return max === 0 ? '–' : [median, p99, max].map(time).join(', ');
}

function time(seconds: number): string {
  if (seconds < 120) return `${seconds < 10 ? String(Number(seconds.toPrecision(2))) : seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
