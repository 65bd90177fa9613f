import { describe, expect, it } from 'vitest';
import { metricsBlob } from '../../../shared/aws/metrics.ts';

describe('the metrics of an invocation', () => {
  it('are fields of one line in the embedded metric format', () => {
    const blob = metricsBlob({ Accepted: 1, GatewayTime: [3, 5] }, { Stage: 'prod', Queue: 'pushes' }, 1000);
    expect(blob).toEqual({
      _aws: {
        Timestamp: 1000,
        CloudWatchMetrics: [
          {
            Namespace: 'pnm2-relay',
            Dimensions: [['Stage', 'Queue']],
            Metrics: [
              { Name: 'Accepted', Unit: 'Count' },
              { Name: 'GatewayTime', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      Stage: 'prod',
      Queue: 'pushes',
      Accepted: 1,
      GatewayTime: [3, 5],
    });
  });

  it('leave out zeros and empty lists', () => {
    const blob = metricsBlob({ Delivered: 2, Retried: 0, GatewayTime: [] }, { Stage: 'prod' }, 0);
    expect(Object.keys(blob)).toEqual(['_aws', 'Stage', 'Delivered']);
  });

  it('are reduced to a hundred values with the same percentiles', () => {
    // 1 to 5000 in no order, because 7919 is a prime.
    const values = Array.from({ length: 5000 }, (_, index) => ((index * 7919) % 5000) + 1);
    const reduced = metricsBlob({ GatewayTime: values }, { Stage: 'prod' }, 0)['GatewayTime'];
    expect(reduced).toHaveLength(100);
    expect(reduced).toEqual((reduced as number[]).toSorted((a, b) => a - b));
    expect(reduced).toEqual(expect.arrayContaining([1, 5000]));
    expect((reduced as number[])[49]).toBeGreaterThan(2400);
    expect((reduced as number[])[49]).toBeLessThan(2600);
  });
});
