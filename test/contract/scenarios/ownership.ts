import { apply, get, JSON_PATCH, MERGE, patch, post, put, STRATEGIC, type Subject } from '../step.ts';
import { apps, configMap, core, custom, deployment, service, widget } from './paths.ts';

const template = (spec: object): object => ({ template: { metadata: { labels: { app: 'x' } }, spec } });
const main = { name: 'main', image: 'i:1' };

/** Server-side apply of lists and maps of every sort, and who owns what afterwards. */
export const ownership: Subject = {
  name: 'ownership',
  scenarios: [
    {
      name: 'ports of a Service are merged by port and protocol',
      steps: [
        apply(
          'a',
          core('services/x'),
          service('x', { spec: { clusterIP: 'None', ports: [{ name: 'one', port: 1 }] } }),
        ),
        apply('b', core('services/x'), service('x', { spec: { ports: [{ name: 'two', port: 2 }] } })),
        apply(
          'b',
          core('services/x'),
          service('x', { spec: { ports: [{ name: 'two', port: 2, protocol: 'TCP', targetPort: 9 }] } }),
        ),
        apply('b', core('services/x'), service('x', { spec: { ports: [{ name: 'uno', port: 1 }] } })),
        apply('b', core('services/x'), service('x', { spec: { ports: [{ name: 'udp', port: 1, protocol: 'UDP' }] } })),
        apply('a', core('services/x'), service('x', { spec: { clusterIP: 'None' } })),
        apply(
          'a',
          core('services/x'),
          service('x', {
            spec: {
              clusterIP: 'None',
              ports: [
                { name: 'x', port: 5 },
                { name: 'y', port: 5 },
              ],
            },
          }),
        ),
        get(core('services/x')),
      ],
    },
    {
      name: 'selectors are atomic',
      steps: [
        apply(
          'a',
          core('services/x'),
          service('x', { spec: { clusterIP: 'None', selector: { a: '1' }, ports: [{ port: 1 }] } }),
        ),
        apply('b', core('services/x'), service('x', { spec: { selector: { b: '1' } } })),
        apply('b', core('services/x'), service('x', { spec: { selector: { b: '1' } } }), 'force=true'),
        apply('a', core('services/x'), service('x', { spec: { clusterIP: 'None', ports: [{ port: 1 }] } })),
      ],
    },
    {
      name: 'owner references are merged by uid and finalizers as a set',
      steps: [
        post(core('configmaps?fieldManager=u'), configMap('owner'), { as: 'o' }),
        post(core('configmaps?fieldManager=u'), configMap('other'), { as: 'p' }),
        apply(
          'a',
          core('configmaps/x'),
          configMap('x', {
            metadata: {
              finalizers: ['example.com/a'],
              ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: '{uid:o}' }],
            },
          }),
        ),
        apply(
          'b',
          core('configmaps/x'),
          configMap('x', {
            metadata: {
              finalizers: ['example.com/b'],
              ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'other', uid: '{uid:p}' }],
            },
          }),
        ),
        apply(
          'b',
          core('configmaps/x'),
          configMap('x', { metadata: { finalizers: ['example.com/b', 'example.com/a'] } }),
        ),
        apply('a', core('configmaps/x'), configMap('x')),
        apply('b', core('configmaps/x'), configMap('x')),
        apply('b', core('configmaps/x'), configMap('x', { metadata: { finalizers: ['noslash'] } })),
        apply(
          'b',
          core('configmaps/x'),
          configMap('x', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner' }] } }),
        ),
      ],
    },
    {
      name: 'containers, environment and volumes of a Deployment by dry run',
      steps: [
        apply(
          'a',
          apps('deployments/x'),
          deployment(
            'x',
            [
              {
                ...main,
                env: [
                  { name: 'A', value: '1' },
                  { name: 'B', value: '2' },
                ],
                ports: [{ containerPort: 80 }],
              },
            ],
            template({
              containers: [
                {
                  ...main,
                  env: [
                    { name: 'A', value: '1' },
                    { name: 'B', value: '2' },
                  ],
                  ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }],
                  volumeMounts: [{ name: 'v', mountPath: '/v' }],
                },
              ],
              volumes: [{ name: 'v', emptyDir: {} }],
            }),
          ),
          'dryRun=All',
        ),
        apply('a', apps('deployments/x'), deployment('x', [main, main]), 'dryRun=All'),
        apply(
          'a',
          apps('deployments/x'),
          deployment('x', [
            {
              ...main,
              env: [
                { name: 'A', value: '1' },
                { name: 'A', value: '2' },
              ],
            },
          ]),
          'dryRun=All',
        ),
        apply(
          'a',
          apps('deployments/x'),
          deployment('x', [{ ...main, volumeMounts: [{ name: 'none', mountPath: '/v' }] }]),
          'dryRun=All',
        ),
        apply(
          'a',
          apps('deployments/x'),
          deployment('x', [{ ...main, bogus: 1 }]),
          'dryRun=All&fieldValidation=Strict',
        ),
      ],
    },
    {
      name: 'two managers in one list of parts',
      steps: [
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'p' }, { name: 'q', count: 5 }] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'r' }, { name: 'p', note: 'b' }] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'q', count: 6 }] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'q', count: 6 }] } }), 'force=true'),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'q' }, { name: 'p' }] } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [] } })),
        apply('a', custom('widgets/x'), widget('x')),
        apply('b', custom('widgets/x'), widget('x')),
      ],
    },
    {
      name: 'the order of merged items',
      steps: [
        apply(
          'a',
          custom('widgets/x'),
          widget('x', { spec: { parts: [{ name: '1' }, { name: '2' }, { name: '3' }] } }),
        ),
        apply(
          'b',
          custom('widgets/x'),
          widget('x', { spec: { parts: [{ name: '3' }, { name: '4' }, { name: '1' }] } }),
        ),
        apply('c', custom('widgets/x'), widget('x', { spec: { parts: [{ name: '0' }, { name: '2' }] } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ name: '5' }, { name: '3' }] } })),
      ],
    },
    {
      name: 'a set is shared by value',
      steps: [
        apply('a', custom('widgets/x'), widget('x', { spec: { tags: ['one', 'two'] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { tags: ['two', 'three'] } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { tags: ['one'] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { tags: ['three'] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { tags: ['three', 'four', 'five'] } })),
        patch(MERGE, custom('widgets/x?fieldManager=u'), { spec: { tags: ['six'] } }),
        apply('a', custom('widgets/x'), widget('x', { spec: { tags: ['one'] } })),
      ],
    },
    {
      name: 'atomic lists and maps have one owner',
      steps: [
        apply('a', custom('widgets/x'), widget('x', { spec: { steps: [{ run: '1' }], frozen: { a: '1' } } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { steps: [{ run: '2' }] } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { frozen: { b: '2' } } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { frozen: { a: '1' } } })),
        apply(
          'b',
          custom('widgets/x'),
          widget('x', { spec: { frozen: { b: '2' }, steps: [{ run: '2' }, { run: '3' }] } }),
          'force=true',
        ),
        apply('a', custom('widgets/x'), widget('x')),
        patch(JSON_PATCH, custom('widgets/x?fieldManager=u'), [{ op: 'add', path: '/spec/steps/0/retries', value: 7 }]),
        get(custom('widgets/x')),
      ],
    },
    {
      name: 'maps by key, and maps of objects',
      steps: [
        apply(
          'a',
          custom('widgets/x'),
          widget('x', { spec: { labels: { a: '1' }, limits: { cpu: { hard: 2 } }, free: { x: { y: 1 } } } }),
        ),
        apply(
          'b',
          custom('widgets/x'),
          widget('x', {
            spec: { labels: { b: '1' }, limits: { cpu: { soft: 3 }, mem: {} }, free: { x: { z: [1, 2] } } },
          }),
        ),
        apply('b', custom('widgets/x'), widget('x', { spec: { labels: { a: '2' } } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { labels: {}, free: { x: 5 } } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { labels: {}, free: { x: 5 } } }), 'force=true'),
        apply('b', custom('widgets/x'), widget('x')),
      ],
    },
    {
      name: 'nulls and empty values are owned',
      steps: [
        apply(
          'a',
          custom('widgets/x'),
          widget('x', { spec: { note: null, plain: '', labels: {}, tags: [], nested: {} } }),
        ),
        apply('b', custom('widgets/x'), widget('x', { spec: { note: 'n', plain: 'p' } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { note: 'n', plain: 'p' } }), 'force=true'),
        apply('a', custom('widgets/x'), widget('x', { spec: { size: null } })),
      ],
    },
    {
      name: 'the status has a door of its own',
      steps: [
        apply('a', custom('widgets/x'), widget('x', { spec: { size: 2 }, status: { ready: 1 } })),
        apply(
          'a',
          custom('widgets/x/status'),
          widget('x', { spec: { size: 9 }, status: { ready: 1, conditions: [{ type: 'Ready', status: 'True' }] } }),
        ),
        apply(
          'b',
          custom('widgets/x/status'),
          widget('x', { status: { ready: 2, conditions: [{ type: 'Other', status: 'False' }] } }),
        ),
        apply(
          'b',
          custom('widgets/x/status'),
          widget('x', { status: { conditions: [{ type: 'Other', status: 'False', reason: 'R' }] } }),
        ),
        apply(
          'b',
          custom('widgets/x/status'),
          widget('x', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }),
        ),
        apply(
          'b',
          custom('widgets/x/status'),
          widget('x', { metadata: { labels: { l: '1' } }, status: { phase: 'Up' } }),
        ),
        apply('a', custom('widgets/x'), widget('x', { spec: { size: 3 } })),
        apply('a', custom('widgets/x/status'), widget('x', { status: {} })),
        apply('a', custom('widgets/x/status'), widget('x')),
        patch(MERGE, custom('widgets/x/status?fieldManager=u'), { status: { ready: 7 }, spec: { size: 1 } }),
        put(custom('widgets/x/status?fieldManager=v'), widget('x', { status: { phase: 'Down' } })),
        apply('a', custom('widgets/none/status'), widget('none', { status: { ready: 1 } })),
        get(custom('widgets/x/status')),
      ],
    },
    {
      name: 'updates take and lose fields',
      steps: [
        post(core('configmaps?fieldManager=u'), configMap('x', { data: { a: '1', b: '1' } })),
        put(core('configmaps/x?fieldManager=v'), configMap('x', { data: { a: '2', c: '1' } })),
        patch(MERGE, core('configmaps/x?fieldManager=w'), { data: { a: null } }),
        patch(STRATEGIC, core('configmaps/x?fieldManager=u'), { metadata: { labels: { l: '1' } } }),
        patch(JSON_PATCH, core('configmaps/x?fieldManager=v'), [{ op: 'remove', path: '/metadata/labels/l' }]),
        put(core('configmaps/x?fieldManager=z'), configMap('x')),
        patch(MERGE, core('configmaps/x?fieldManager=z'), {
          metadata: { annotations: { a: '1' }, finalizers: ['example.com/f'] },
          binaryData: { z: 'AA==' },
        }),
        patch(MERGE, core('configmaps/x?fieldManager=z'), { metadata: { finalizers: null } }),
      ],
    },
    {
      name: 'updates of custom resources, item by item',
      steps: [
        post(
          custom('widgets?fieldManager=u'),
          widget('x', { spec: { parts: [{ name: 'p' }], tags: ['t'], labels: { a: '1' }, steps: [{ run: '1' }] } }),
        ),
        patch(MERGE, custom('widgets/x?fieldManager=v'), {
          spec: { parts: [{ name: 'p', note: 'n' }, { name: 'q' }], tags: ['t', 's'] },
        }),
        put(custom('widgets/x?fieldManager=w'), widget('x', { spec: { parts: [{ name: 'q', count: 3 }] } }), {
          as: 'no',
        }),
        get(custom('widgets/x'), { as: 'x' }),
        put(
          custom('widgets/x?fieldManager=w'),
          widget('x', { metadata: { resourceVersion: '{rv:x}' }, spec: { parts: [{ name: 'q', count: 3 }] } }),
        ),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'q', count: 3 }] } })),
        patch(MERGE, custom('widgets/x?fieldManager=w'), { spec: { parts: [] } }),
      ],
    },
  ],
};
