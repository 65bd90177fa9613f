import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { metrics, type MetricName } from '../../shared/aws/metrics.ts';
import { awsMetrics, dashboardShape, type Dashboard } from './dashboard.ts';
import { usePackaged } from './packaged.ts';

/** A metric that a widget shows or computes with. */
interface Shown {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: string | undefined;
}

const packaged = usePackaged('alarms');
const bare = usePackaged('bare');
let dashboard: Dashboard;
let ofSweeps: Dashboard;
let ofRegistry: Dashboard;
beforeAll(() => {
  dashboard = dashboardOf('Dashboard');
  ofSweeps = dashboardOf('SweepsDashboard');
  ofRegistry = dashboardOf('RegistryDashboard');
});
function dashboardOf(logicalId: string): Dashboard {
  const body = v.parse(
    v.object({ DashboardBody: v.object({ 'Fn::Sub': v.string() }) }),
    packaged().ofType('AWS::CloudWatch::Dashboard')[logicalId],
  ).DashboardBody['Fn::Sub'];
  return v.parse(dashboardShape, JSON.parse(body.replaceAll(/\$\{(.+?)\}/g, '<$1>')));
}

type Graph = Extract<Dashboard['widgets'][number], { type: 'metric' }>['properties'];
const graphsOf = ({ widgets }: Dashboard): Graph[] =>
  widgets.flatMap((widget) => (widget.type === 'metric' ? [widget.properties] : []));
const dashboards = () => [dashboard, ofSweeps, ofRegistry];
const graphs = () => dashboards().flatMap(graphsOf);

const expressionsOf = ({ metrics: rows }: Graph) => rows.flatMap((row) => (row.length === 1 ? row : []));

const shownOn = (one: Dashboard): Shown[] =>
  graphsOf(one).flatMap(({ metrics: rows, stat }) =>
    rows.flatMap((row): Shown[] => {
      if (row.length === 1) return [];
      const [namespace, name, dimension, value] = row;
      const dimensions = { [dimension]: value, ...(row.length === 7 && { [row[4]]: row[5] }) };
      return [{ namespace, name, dimensions, stat: (row.length === 7 ? row[6] : row[4]).stat ?? stat }];
    }),
  );
const shown = () => dashboards().flatMap(shownOn);
const oursOf = (some: readonly Shown[]) => some.filter(({ namespace }) => namespace === 'pnm2-relay');

const metricsOfSweep = ['Enqueued', 'Duplicates', 'RowsFiltered', 'RowsRefused', 'SlicesFinished', 'PlansRefused'];
/** Shown for both queues on the dashboard of sweeps, because that of pushes is full. */
const metricsOfBothQueues = ['AddressSuspected', 'EventsNotPublished', 'PageAnswers', 'ReceiptsNotPublished'];
/** Reports and devices of the registry, and answers to repeated requests. */
const ofRegistryOrAnswers = /^(Reports|Devices|Removals|Answers)/;
/** Only the metrics of `deliver` have the dimension Queue. */
const hasQueue = (name: string) =>
  name !== 'Accepted' &&
  !name.startsWith('Refused') &&
  !ofRegistryOrAnswers.test(name) &&
  !metricsOfSweep.includes(name);

describe('the dashboards', () => {
  it('show every metric of the relay, and no unknown one', () => {
    expect([...new Set(oursOf(shown()).map(({ name }) => name))].sort()).toEqual(Object.keys(metrics).sort());
  });

  it('query the metrics of the relay by the dimensions and statistics that they have', () => {
    for (const [queue, some] of [
      ['pushes', shownOn(dashboard)],
      ['sweeps', shownOn(ofSweeps)],
      ['none', shownOn(ofRegistry)],
    ] as const) {
      for (const { name, dimensions, stat } of oursOf(some)) {
        const ofBoth = expect.stringMatching(/^(pushes|sweeps)$/) as string;
        const itsQueue = metricsOfBothQueues.includes(name) ? ofBoth : queue;
        expect({ name, dimensions }).toEqual({
          name,
          dimensions: hasQueue(name) ? { Stage: 'prod', Queue: itsQueue } : { Stage: 'prod' },
        });
        const pattern = metrics[name as MetricName] === 'Count' ? /^Sum$/ : /^p\d\d$/;
        expect({ name, stat }).toEqual({ name, stat: expect.stringMatching(pattern) as string });
      }
    }
  });

  it('query existing AWS metrics, of resources of this stack', () => {
    const indexes = v
      .parse(
        v.object({ GlobalSecondaryIndexes: v.array(v.object({ IndexName: v.string() })) }),
        packaged().ofType('AWS::DynamoDB::Table')['DevicesTable'],
      )
      .GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
    for (const { namespace, name, dimensions } of shown()) {
      if (namespace === 'pnm2-relay') continue;
      const known = awsMetrics[namespace];
      expect(known?.names).toContain(name);
      const { GlobalSecondaryIndexName: index, ...others } = dimensions;
      expect(Object.keys(others)).toEqual([known?.dimension]);
      if (index !== undefined) expect(indexes).toContain(index);
      const [resource] = Object.values(others).map((value) => /^<(\w+)(\.QueueName)?>$/.exec(value)?.[1]);
      expect(Object.keys(packaged().template.Resources)).toContain(resource);
    }
  });

  it('compute only with metrics of the same widget', () => {
    for (const graph of graphs()) {
      const ids = graph.metrics.flatMap(
        (row) => (row.length === 1 ? row[0] : row.length === 7 ? row[6] : row[4]).id ?? [],
      );
      expect(new Set(ids).size).toBe(ids.length);
      const used = expressionsOf(graph).flatMap(
        ({ expression }) => expression.replaceAll(/"\w*"/g, '').match(/\b[a-z]\w*/g) ?? [],
      );
      expect(ids).toEqual(expect.arrayContaining(used));
    }
  });

  it('compute the cost with the memory of the functions', () => {
    const memory = Object.entries(packaged().ofType('AWS::Lambda::Function')).map(([name, { MemorySize }]) => [
      name,
      MemorySize,
    ]);
    expect(Object.fromEntries(memory)).toEqual({
      AcceptLambdaFunction: 256,
      DeliverLambdaFunction: 512,
      DevicesLambdaFunction: 256,
      SweepLambdaFunction: 512,
    });
    const expressions = graphs()
      .flatMap(expressionsOf)
      .flatMap(({ label, expression }) => (label === 'Lambda' ? expression : []));
    const price = '/ 1000 * 0.0000133334';
    expect(expressions.splice(2)).toEqual([expect.stringContaining(`FILL(devicesMs, 0) * 0.25 ${price}`)]);
    expect(expressions).toHaveLength(2);
    for (const expression of expressions) {
      expect(expression).toContain(
        `(FILL(acceptMs, 0) * 0.25 + (FILL(deliverMs, 0) + FILL(sweepMs, 0)) * 0.5) ${price}`,
      );
    }
  });

  it('compute the cost of every function, every queue and the table', () => {
    const costGraphs = graphsOf(dashboard).filter((graph) =>
      expressionsOf(graph).some(({ label }) => label === 'Lambda'),
    );
    expect(costGraphs).toHaveLength(2);
    const [costGraph] = graphsOf(ofRegistry).filter((graph) => expressionsOf(graph).length > 0);
    const valuesOfRegistry = (metric: string) =>
      (costGraph?.metrics ?? []).flatMap((row) => (row[1] === metric ? [row.length === 7 ? row[5] : row[3]] : []));
    for (const metric of ['Invocations', 'Duration']) {
      expect(valuesOfRegistry(metric)).toEqual(['<DevicesLambdaFunction>']);
    }
    expect(valuesOfRegistry('IncomingBytes')).toEqual(['<DevicesLogGroup>']);
    // A delivery of the topic to its queue is free.
    for (const metric of ['Received', 'Deleted']) {
      expect(valuesOfRegistry(`NumberOfMessages${metric}`)).toEqual(['<PrunesQueue.QueueName>']);
    }
    expect(valuesOfRegistry('NumberOfEmptyReceives')).toEqual(['<PrunesQueue.QueueName>']);
    expect(valuesOfRegistry('ConsumedReadCapacityUnits')).toEqual(['<DevicesTable>']);
    expect(valuesOfRegistry('ConsumedWriteCapacityUnits')).toEqual(['<DevicesTable>', 'byDevice', 'bySelector']);
    const functions = Object.keys(packaged().ofType('AWS::Lambda::Function'))
      .filter((name) => name !== 'DevicesLambdaFunction')
      .map((name) => `<${name}>`);
    const queues = ['<PushesQueue.QueueName>', '<SweepsQueue.QueueName>'];
    for (const { metrics: rows } of costGraphs) {
      const valuesOf = (metric: string) => rows.flatMap((row) => (row[1] === metric ? [row[3]] : []));
      for (const metric of ['Invocations', 'Duration']) expect(valuesOf(metric)).toEqual(functions);
      expect(valuesOf('IncomingBytes')).toHaveLength(functions.length);
      for (const metric of ['Sent', 'Received', 'Deleted'].map((word) => `NumberOfMessages${word}`)) {
        expect(valuesOf(metric)).toEqual(queues);
      }
    }
  });

  it('draw the thresholds of the alarms', () => {
    const drawn = graphs().flatMap(({ annotations }) => annotations?.horizontal ?? []);
    expect(drawn.map(({ label, value }) => [label, value])).toEqual([
      ['oldest-push', packaged().template.Resources['OldestPushAlarm']?.Properties['Threshold']],
      ['gateway-failures', packaged().template.Resources['GatewayFailuresAlarm']?.Properties['Threshold']],
    ]);
  });

  it('stay within the columns, without overlapping widgets', () => {
    for (const { widgets } of dashboards()) {
      const taken = new Set<string>();
      for (const { x, y, width, height } of widgets) {
        expect(x + width).toBeLessThanOrEqual(24);
        for (let column = x; column < x + width; column++) {
          for (let row = y; row < y + height; row++) {
            const cell = `${String(column)}, ${String(row)}`;
            expect(taken).not.toContain(cell);
            taken.add(cell);
          }
        }
      }
    }
  });

  it('answer their questions in this order', () => {
    const headingsOf = ({ widgets }: Dashboard) =>
      widgets.flatMap((widget) => (widget.type === 'text' ? widget.properties.markdown.split('\n').slice(0, 1) : []));
    expect(headingsOf(dashboard)).toEqual([
      '## Is it working?',
      '## How fast?',
      '## What fails?',
      '## What does it cost?',
    ]);
    expect(headingsOf(ofSweeps)).toEqual(['## Are sweeps working?', '## What fails?']);
    expect(headingsOf(ofRegistry)).toEqual(['## Do apps report?', '## What fails?', '## What does the registry cost?']);
  });

  it('stay within the free tier: three dashboards of up to fifty metrics', () => {
    expect(Object.keys(packaged().ofType('AWS::CloudWatch::Dashboard'))).toHaveLength(3);
    for (const one of dashboards()) {
      const distinct = new Set(
        shownOn(one).map(({ namespace, name, dimensions }) => JSON.stringify([namespace, name, dimensions])),
      );
      expect(distinct.size).toBeLessThanOrEqual(50);
    }
  });

  it('can be switched off', () => {
    expect(bare().ofType('AWS::CloudWatch::Dashboard')).toEqual({});
    expect(
      bare()
        .outputs()
        .filter((name) => name.endsWith('DashboardUrl')),
    ).toEqual([]);
  });
});
