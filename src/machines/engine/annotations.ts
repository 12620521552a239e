import { GROUP } from './kind.ts';

/** Every annotation and finalizer of ours, in one place. */
export const Annotation = {
  /** On a CR, by its user. */
  paused: `${GROUP}/paused`,
  reconcileAt: `${GROUP}/reconcile-at`,
  retry: `${GROUP}/retry`,
  rotate: `${GROUP}/rotate`,
  acceptData: `${GROUP}/accept-data`,
  /** On a child: whose data this is, where there is no owner reference. */
  owner: `${GROUP}/owner`,
  /** On an applied child: the digest of what we last wanted, so that what we want no more is taken away. */
  applied: `${GROUP}/applied`,
  /** On a rendered Secret: the digest of its data as we wrote it. */
  content: `${GROUP}/content`,
  /** On a Job: what its run stands for, and the how-manieth try this is. */
  key: `${GROUP}/key`,
  attempt: `${GROUP}/attempt`,
  /** And the `retry` that asked for it: one that failed to be sent is still to be done. */
  retriedFor: `${GROUP}/retried-for`,
  /** On a generated Secret: when its keys were last rotated (RFC 3339). */
  rotatedAt: `${GROUP}/rotated-at`,
  /** And the nonce that asked for it, written with it: a rotation that failed is still to be done. */
  rotatedFor: `${GROUP}/rotated-for`,
  /** On the record's Secret: what must outlive the status. */
  record: `${GROUP}/record`,
  /** On a Pod template: the digest of the configuration it reads. */
  config: `${GROUP}/config`,
} as const;

export const FINALIZER = `${GROUP}/operator`;

export const Label = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

export const MANAGED_BY = 'openstack-operator';
