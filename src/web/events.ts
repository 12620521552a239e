import { z } from 'zod';
import type { KubeObject } from '../kube/object.ts';

/** An Event of events.k8s.io/v1 in a line. */
export const Told = z.object({
  at: z.string().describe('When it was told last'),
  type: z.enum(['Normal', 'Warning']),
  reason: z.string(),
  about: z.string().describe('Kind/name'),
  note: z.string().describe('Without the values of Secrets'),
  count: z.int().describe('How often it was told'),
  by: z.string().describe('Component'),
});
export type Told = z.infer<typeof Told>;

interface Event extends KubeObject {
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly type?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly regarding?: { readonly kind?: string; readonly name?: string };
  readonly reportingController?: string;
  readonly deprecatedLastTimestamp?: string | null;
  readonly deprecatedCount?: number;
  readonly deprecatedSource?: { readonly component?: string };
}

/** The newest first. Kubelets and older controllers write the fields that are called deprecated. Pure. */
export function toldIn(events: readonly KubeObject[]): Told[] {
  return (events as readonly Event[])
    .map((event): Told => {
      const { regarding, series, metadata } = event;
      return {
        at:
          series?.lastObservedTime ??
          event.deprecatedLastTimestamp ??
          event.eventTime ??
          metadata.creationTimestamp ??
          '',
        type: event.type === 'Warning' ? 'Warning' : 'Normal',
        reason: event.reason ?? '',
        about: `${regarding?.kind ?? ''}/${regarding?.name ?? ''}`,
        note: event.note ?? '',
        count: series?.count ?? event.deprecatedCount ?? 1,
        by: event.reportingController || (event.deprecatedSource?.component ?? ''),
      };
    })
    .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}
