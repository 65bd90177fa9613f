import type { CampaignReport } from './campaign.ts';

/** A line on how far a campaign is, how fast it is, and when it will end. */
export function progressLine(
  { events, findings }: Pick<CampaignReport, 'events' | 'findings'>,
  allEvents: number,
  elapsedMs: number,
): string {
  const perSecond = events / Math.max(elapsedMs / 1000, 0.001);
  const done = `${countOf(events)} of ${countOf(allEvents)} events (${String(Math.floor((events / allEvents) * 100))} %)`;
  const end = events === 0 ? '' : `, ${durationOf((allEvents - events) / perSecond)} left`;
  return `${done}, ${countOf(Math.round(perSecond))} events/s${end}, findings: ${String(findings)}`;
}

export function countOf(count: number): string {
  return count.toLocaleString('en');
}

/** A duration as people say it: `35 s`, `12 min`, `2 h 5 min`. */
export function durationOf(seconds: number): string {
  if (seconds < 59.5) return `${String(Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${String(minutes)} min` : `${String(Math.floor(minutes / 60))} h ${String(minutes % 60)} min`;
}
