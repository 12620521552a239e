import { get, MERGE, patch, post, put, remove, type Step, type Subject } from '../step.ts';
import { configMap, core, custom, leases, lease, secret, service, widget } from './paths.ts';

const NAMESPACE = '/api/v1/namespaces/{ns}';
const gone = (path: string): Step => get(path, { until: { status: 404 } });
const options = (rest: object): object => ({ apiVersion: 'v1', kind: 'DeleteOptions', ...rest });
const ownedBy = (name: string, rest: object = {}): object => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid: `{uid:${name}}`, ...rest }],
});

/** How objects go, with whom, and what holds them. */
export const deletion: Subject = {
  name: 'deletion',
  scenarios: [
    {
      name: 'preconditions',
      steps: [
        post(core('configmaps'), configMap('a'), { as: 'a' }),
        remove(core('configmaps/a'), options({ preconditions: { uid: '00000000-0000-0000-0000-00000000dead' } })),
        remove(core('configmaps/a'), options({ preconditions: { resourceVersion: '1' } })),
        remove(core('configmaps/a'), options({ preconditions: { uid: '{uid:a}', resourceVersion: '1' } })),
        remove(core('configmaps/a'), options({ preconditions: { uid: '{uid:a}', resourceVersion: '{rv:a}' } })),
        remove(core('configmaps/a'), options({ preconditions: { uid: '{uid:a}' } })),
        post(custom('widgets'), widget('a'), { as: 'w' }),
        remove(custom('widgets/a'), options({ preconditions: { uid: '00000000-0000-0000-0000-00000000dead' } })),
        remove(custom('widgets/a'), options({ preconditions: { uid: '{uid:w}' } })),
      ],
    },
    {
      name: 'what a delete may say',
      steps: [
        post(core('configmaps'), configMap('a')),
        remove(core('configmaps/a'), options({ propagationPolicy: 'Sideways' })),
        remove(core('configmaps/a'), options({ propagationPolicy: 'Orphan', orphanDependents: true })),
        remove(core('configmaps/a'), options({ gracePeriodSeconds: -5, dryRun: ['Some'] })),
        remove(core('configmaps/a'), '{'),
        remove(core('configmaps/a'), configMap('a')),
        remove(core('configmaps/a'), options({ dryRun: ['All'] })),
        remove(core('configmaps/a?propagationPolicy=Background&gracePeriodSeconds=0')),
        remove(custom('widgets/none'), options({})),
      ],
    },
    {
      name: 'a finalizer holds it',
      steps: [
        post(core('configmaps'), configMap('a', { metadata: { finalizers: ['example.com/f'] } }), { as: 'a' }),
        remove(core('configmaps/a')),
        remove(core('configmaps/a')),
        get(core('configmaps/a')),
        post(core('configmaps'), configMap('a')),
        patch(MERGE, core('configmaps/a'), { data: { still: 'writable' } }),
        patch(MERGE, core('configmaps/a'), { metadata: { finalizers: ['example.com/f', 'example.com/g'] } }),
        patch(MERGE, core('configmaps/a'), { metadata: { deletionTimestamp: null } }),
        patch(MERGE, core('configmaps/a'), { metadata: { finalizers: [] } }),
        get(core('configmaps/a')),
      ],
    },
    {
      name: 'a custom resource with a finalizer',
      steps: [
        post(custom('widgets'), widget('a', { metadata: { finalizers: ['example.com/f'] } })),
        remove(custom('widgets/a'), options({ propagationPolicy: 'Background' })),
        patch(MERGE, custom('widgets/a'), { spec: { size: 5 } }),
        patch(MERGE, custom('widgets/a/status'), { status: { ready: 1 } }),
        patch(MERGE, custom('widgets/a'), { metadata: { finalizers: ['example.com/g'] } }),
        patch(MERGE, custom('widgets/a'), { metadata: { finalizers: null } }),
        patch(MERGE, custom('widgets/a'), { metadata: { finalizers: null } }),
      ],
    },
    {
      name: 'an update may not delete, nor bring back',
      steps: [
        post(
          core('configmaps'),
          configMap('a', { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z', finalizers: ['example.com/f'] } }),
          { as: 'a' },
        ),
        patch(MERGE, core('configmaps/a'), { metadata: { deletionTimestamp: '2020-01-01T00:00:00Z' } }),
        patch(MERGE, core('configmaps/a'), {
          metadata: { generation: 7, creationTimestamp: '2020-01-01T00:00:00Z', selfLink: 'x' },
        }),
        remove(core('configmaps/a'), options({ preconditions: { uid: '{uid:a}' } })),
        patch(MERGE, core('configmaps/a'), { metadata: { finalizers: null } }),
      ],
    },
    {
      name: 'generated names',
      steps: [
        post(
          core('configmaps'),
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'made-' } },
          { as: 'm' },
        ),
        get(core('configmaps/{name:m}')),
        post(core('configmaps'), {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { generateName: 'made-', name: 'named' },
        }),
        post(
          custom('widgets'),
          { apiVersion: 'contract.example.com/v1', kind: 'Widget', metadata: { generateName: 'made-' } },
          { as: 'w' },
        ),
        remove(core('configmaps/{name:m}')),
        remove(custom('widgets/{name:w}')),
      ],
    },
    {
      name: 'a collection is deleted',
      steps: [
        post(leases(), lease('a', { metadata: { labels: { x: '1' } } })),
        post(leases(), lease('b', { metadata: { labels: { x: '1' }, finalizers: ['example.com/f'] } })),
        post(leases(), lease('c', { metadata: { labels: { x: '2' } } })),
        remove(leases('?labelSelector=x=1&dryRun=All')),
        remove(leases('?labelSelector=x=1')),
        get(leases('?labelSelector=x=1')),
        remove(leases('?fieldSelector=metadata.name=c'), options({ propagationPolicy: 'Background' })),
        patch(MERGE, leases('/b'), { metadata: { finalizers: null } }),
        remove(leases()),
        post(custom('widgets'), widget('a', { metadata: { labels: { x: '1' } } })),
        remove(custom('widgets?labelSelector=x')),
      ],
    },
    {
      name: 'in the background what is owned goes after its owner',
      steps: [
        post(core('configmaps'), configMap('one'), { as: 'one' }),
        post(core('secrets'), secret('child', { metadata: ownedBy('one') })),
        post(core('secrets'), secret('held', { metadata: { ...ownedBy('one'), finalizers: ['example.com/f'] } })),
        remove(core('configmaps/one'), options({ propagationPolicy: 'Background' })),
        get(core('configmaps/one')),
        gone(core('secrets/child')),
        get(core('secrets/held'), { until: { at: ['metadata', 'deletionGracePeriodSeconds'], is: 0 } }),
        patch(MERGE, core('secrets/held'), { metadata: { finalizers: null } }),
        gone(core('secrets/held')),
      ],
    },
    {
      name: 'in the foreground an owner waits for those that block it',
      steps: [
        post(core('configmaps'), configMap('one'), { as: 'one' }),
        post(
          core('secrets'),
          secret('blocks', {
            metadata: {
              ...ownedBy('one', { blockOwnerDeletion: true, controller: true }),
              finalizers: ['example.com/f'],
            },
          }),
        ),
        post(core('secrets'), secret('free', { metadata: ownedBy('one') })),
        remove(core('configmaps/one'), options({ propagationPolicy: 'Foreground' })),
        get(core('secrets/blocks'), { until: { at: ['metadata', 'deletionGracePeriodSeconds'], is: 0 } }),
        get(core('configmaps/one')),
        patch(MERGE, core('secrets/blocks'), { metadata: { finalizers: null } }),
        gone(core('secrets/blocks')),
        gone(core('configmaps/one')),
        gone(core('secrets/free')),
      ],
    },
    {
      name: 'orphans stay without their owner',
      steps: [
        post(core('configmaps'), configMap('one'), { as: 'one' }),
        post(core('secrets'), secret('child', { metadata: ownedBy('one') })),
        // The collector has to know of the child first.
        get(core('secrets/child'), { until: { status: 200 } }),
        remove(core('configmaps/one'), options({ propagationPolicy: 'Orphan' })),
        gone(core('configmaps/one')),
        get(core('secrets/child'), { until: { at: ['metadata', 'ownerReferences'], is: undefined } }),
      ],
    },
    {
      name: 'an owner that never was takes its dependent along',
      steps: [
        post(
          core('secrets'),
          secret('child', {
            metadata: {
              ownerReferences: [
                { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '00000000-0000-0000-0000-00000000dead' },
              ],
            },
          }),
        ),
        gone(core('secrets/child')),
        post(core('configmaps'), configMap('one'), { as: 'one' }),
        post(core('configmaps'), configMap('two'), { as: 'two' }),
        post(
          core('secrets'),
          secret('shared', {
            metadata: {
              ownerReferences: [
                { apiVersion: 'v1', kind: 'ConfigMap', name: 'one', uid: '{uid:one}' },
                { apiVersion: 'v1', kind: 'ConfigMap', name: 'two', uid: '{uid:two}' },
              ],
            },
          }),
        ),
        remove(core('configmaps/one')),
        get(core('secrets/shared'), { until: { at: ['metadata', 'ownerReferences', 1], is: undefined } }),
        remove(core('configmaps/two')),
        gone(core('secrets/shared')),
      ],
    },
    {
      name: 'two controllers cannot be',
      steps: [
        post(
          core('secrets'),
          secret('x', {
            metadata: {
              ownerReferences: [
                { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u1', controller: true },
                { apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'u2', controller: true },
              ],
            },
          }),
        ),
        post(
          core('secrets'),
          secret('x', { metadata: { ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] } }),
        ),
      ],
    },
    {
      name: 'a namespace goes with all it holds',
      steps: [
        get(NAMESPACE),
        post(core('configmaps'), configMap('a')),
        post(core('services'), service('s', { spec: { clusterIP: 'None', ports: [{ port: 1 }] } })),
        post(custom('widgets'), widget('held', { metadata: { finalizers: ['example.com/f'] } })),
        remove(NAMESPACE),
        get(NAMESPACE, {
          until: { at: ['status', 'phase'], is: 'Terminating' },
          view: { name: 'the phase', of: (body: { status: { phase: string } }) => body.status.phase },
        }),
        post(core('configmaps'), configMap('late')),
        post(custom('widgets'), widget('late')),
        put(core('configmaps/late'), configMap('late')),
        gone(core('configmaps/a')),
        get(custom('widgets/held'), { until: { at: ['metadata', 'deletionGracePeriodSeconds'], is: 0 } }),
        patch(MERGE, custom('widgets/held'), { metadata: { finalizers: null } }),
        gone(NAMESPACE),
        post(core('configmaps'), configMap('later')),
      ],
    },
  ],
};
