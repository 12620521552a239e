import { APPLY, apply, get, MERGE, patch, post, put, type Subject } from '../step.ts';
import { configMap, core, custom, deployment, apps, lease, leases, memcached, ours, secret, widget } from './paths.ts';

/** Server-side apply as a protocol: what it creates, refuses, forces and leaves alone. */
export const applying: Subject = {
  name: 'apply',
  scenarios: [
    {
      name: 'it creates, and changes nothing the second time',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' }, metadata: { labels: { l: '1' } } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' }, metadata: { labels: { l: '1' } } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' }, metadata: { labels: { l: '1' } } })),
        get(core('configmaps/x')),
        apply('a', leases('/x'), lease('x', { spec: { holderIdentity: 'me' } })),
        apply('a', leases('/x'), lease('x', { spec: { holderIdentity: 'me' } })),
        apply('a', core('secrets/x'), secret('x', { stringData: { k: 'v' } })),
        apply('a', core('secrets/x'), secret('x', { stringData: { k: 'v' } })),
        apply('a', core('secrets/x'), secret('x', { data: { k: 'dg==' } })),
      ],
    },
    {
      name: 'a conflict names every field and its manager',
      steps: [
        apply(
          'a',
          core('configmaps/x'),
          configMap('x', { data: { k: '1', m: '1' }, metadata: { labels: { l: '1' } } }),
        ),
        apply('b', core('configmaps/x'), configMap('x', { data: { k: '2' } })),
        apply(
          'b',
          core('configmaps/x'),
          configMap('x', { data: { k: '2', m: '2' }, metadata: { labels: { l: '2' } } }),
        ),
        apply('b', core('configmaps/x'), configMap('x', { data: { k: '1' } })),
        apply('c', core('configmaps/x'), configMap('x', { data: { k: '3' } })),
        apply('c', core('configmaps/x'), configMap('x', { data: { k: '3' } }), 'force=true'),
        apply(
          'a',
          core('configmaps/x'),
          configMap('x', { data: { k: '1', m: '1' }, metadata: { labels: { l: '1' } } }),
        ),
        apply('b', core('configmaps/x'), configMap('x', { data: { k: '3' } }), 'force=false'),
        get(core('configmaps/x')),
      ],
    },
    {
      name: 'a conflict with who wrote by update',
      steps: [
        post(core('configmaps?fieldManager=u'), configMap('x', { data: { k: '1', m: '1' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' } }), 'force=true'),
        patch(MERGE, core('configmaps/x?fieldManager=u'), { data: { k: '5' } }),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' } })),
        patch(MERGE, core('configmaps/x?fieldManager=a'), { data: { k: '7', n: '1' } }),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '8' } }), 'force=true'),
      ],
    },
    {
      name: 'what is left out of the next configuration goes, unless another has it',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1', m: '1', n: '1' } })),
        apply('b', core('configmaps/x'), configMap('x', { data: { m: '1' } })),
        patch(MERGE, core('configmaps/x?fieldManager=u'), { data: { n: '2' } }),
        apply('a', core('configmaps/x'), configMap('x', { data: {} }), 'force=true'),
        apply('b', core('configmaps/x'), configMap('x')),
        apply('a', core('configmaps/x'), configMap('x')),
        get(core('configmaps/x')),
      ],
    },
    {
      name: 'a manager that gives up a map another shares',
      steps: [
        apply(
          'a',
          core('configmaps/x'),
          configMap('x', { metadata: { labels: { a: '1', s: '1' }, annotations: { n: '1' } } }),
        ),
        apply('b', core('configmaps/x'), configMap('x', { metadata: { labels: { b: '1', s: '1' } } })),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { annotations: { n: '1' } } })),
        apply('b', core('configmaps/x'), configMap('x')),
        apply('a', core('configmaps/x'), configMap('x')),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { labels: {} } })),
      ],
    },
    {
      name: 'what an apply must say',
      steps: [
        patch(APPLY, core('configmaps/x'), configMap('x')),
        patch(APPLY, core('configmaps/x?fieldManager='), configMap('x')),
        apply('a', core('configmaps/x'), configMap('y')),
        apply('a', core('configmaps/x'), secret('x')),
        apply('a', core('configmaps/x'), { ...configMap('x'), apiVersion: 'v2' }),
        apply('a', core('configmaps/x'), { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }),
        apply('a', core('configmaps/x'), { kind: 'ConfigMap', metadata: { name: 'x' } }),
        apply('a', core('configmaps/x'), { apiVersion: 'v1', metadata: { name: 'x' } }),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { namespace: 'elsewhere' } })),
        apply('a', core('configmaps/x'), '{'),
        apply('a', core('configmaps/x'), '[]'),
        apply('a', core('configmaps/x'), ''),
        apply('a', core('configmaps/x'), 'a: b: c'),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { managedFields: [{ manager: 'a' }] } })),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { managedFields: [] } })),
        apply('m'.repeat(129), core('configmaps/x'), configMap('x')),
        patch(MERGE, core('configmaps/x?fieldManager=a&force=true'), { data: {} }),
        apply('a', core('configmaps/Not_A_Name'), configMap('Not_A_Name')),
      ],
    },
    {
      name: 'types that do not fit',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { data: { k: 1 } })),
        apply('a', core('configmaps/x'), configMap('x', { data: 'text' })),
        apply('a', core('configmaps/x'), configMap('x', { data: null })),
        apply('a', core('configmaps/y'), configMap('y', { data: { k: null } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { size: 'big' } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ count: 1 }] } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { parts: [{ name: 'p' }, { name: 'p' }] } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { tags: ['a', 'a'] } })),
      ],
    },
    {
      name: 'unknown fields',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { bogus: 1 }), 'fieldValidation=Strict'),
        apply('a', core('configmaps/x'), configMap('x', { bogus: 1 }), 'fieldValidation=Warn'),
        apply('a', core('configmaps/x'), configMap('x', { bogus: 1 }), 'fieldValidation=Ignore'),
        apply('a', core('configmaps/x'), configMap('x', { bogus: 1 })),
        apply('a', custom('widgets/x'), widget('x', { spec: { bogus: 1 } }), 'fieldValidation=Strict'),
        apply('a', custom('widgets/x'), widget('x', { spec: { bogus: 1 } }), 'fieldValidation=Warn'),
        apply('a', custom('widgets/x'), widget('x', { spec: { bogus: 1 } })),
        apply(
          'a',
          core('configmaps/z'),
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: z\ndata:\n  k: "1"\n  k: "2"\n',
          'fieldValidation=Strict',
        ),
      ],
    },
    {
      name: 'yaml is the body as it is meant',
      steps: [
        apply(
          'a',
          core('configmaps/x'),
          'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  k: |\n    one\n    two\n',
        ),
        apply(
          'a',
          custom('widgets/x'),
          'apiVersion: contract.example.com/v1\nkind: Widget\nmetadata: {name: x}\nspec: {size: 5}\n',
        ),
      ],
    },
    {
      name: 'preconditions',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { metadata: { resourceVersion: '1' } })),
        apply('a', core('configmaps/y'), configMap('y', { metadata: { uid: '00000000-0000-0000-0000-00000000dead' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' } }), '', { as: 'x' }),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' }, metadata: { resourceVersion: '{rv:x}' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '3' }, metadata: { resourceVersion: '{rv:x}' } })),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { resourceVersion: '1' } }), 'force=true'),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '4' }, metadata: { uid: '{uid:x}' } })),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { uid: '00000000-0000-0000-0000-00000000dead' } })),
        apply('a', core('configmaps/x'), configMap('x', { metadata: { resourceVersion: 'word' } })),
      ],
    },
    {
      name: 'dry run shows and stores nothing',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' } }), 'dryRun=All'),
        get(core('configmaps/x')),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' } })),
        apply('b', core('configmaps/x'), configMap('x', { data: { k: '2' } }), 'dryRun=All'),
        apply('b', core('configmaps/x'), configMap('x', { data: { k: '2' } }), 'dryRun=All&force=true'),
        get(core('configmaps/x')),
      ],
    },
    {
      name: 'the manager of an update has a name of its own or of its program',
      steps: [
        post(core('configmaps'), configMap('x', { data: { k: '1' } }), {
          headers: { 'User-Agent': 'some-program/1.2 (linux)' },
        }),
        put(core('configmaps/x?fieldManager=named'), configMap('x', { data: { k: '2' } })),
        patch(MERGE, core('configmaps/x'), { data: { m: '1' } }, { headers: { 'User-Agent': 'other' } }),
        apply('named', core('configmaps/x'), configMap('x', { data: { k: '2' } })),
        apply('named', core('configmaps/x'), configMap('x', { data: { k: '9' } })),
        put(core('configmaps/x?fieldManager=named'), configMap('x', { data: { k: '2' } })),
      ],
    },
    {
      name: 'managedFields can be given by an update',
      steps: [
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '1' } }), '', { as: 'x' }),
        patch(MERGE, core('configmaps/x?fieldManager=u'), { metadata: { managedFields: null } }),
        patch(MERGE, core('configmaps/x?fieldManager=u'), { metadata: { managedFields: [{}] } }),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' } })),
        apply('a', core('configmaps/x'), configMap('x', { data: { k: '2' } }), 'force=true'),
        patch(MERGE, core('configmaps/x?fieldManager=u'), {
          metadata: {
            managedFields: [
              {
                manager: 'given',
                operation: 'Apply',
                apiVersion: 'v1',
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:data': { 'f:k': {} } },
              },
            ],
          },
        }),
        apply('given', core('configmaps/x'), configMap('x')),
        put(core('configmaps/x?fieldManager=u'), configMap('x', { data: { z: '1' }, metadata: { managedFields: [] } })),
      ],
    },
    {
      name: 'custom resources: defaults are nobody’s, the generation counts the spec',
      steps: [
        apply('a', custom('widgets/x'), widget('x')),
        apply('a', custom('widgets/x'), widget('x', { spec: { size: 4 } })),
        apply('a', custom('widgets/x'), widget('x', { spec: { size: 4 }, metadata: { labels: { l: '1' } } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { size: 5 } })),
        apply('b', custom('widgets/x'), widget('x', { spec: { size: 5 } }), 'force=true'),
        apply('a', custom('widgets/x'), widget('x', { spec: { color: 'green' } })),
        apply('b', custom('widgets/x'), widget('x')),
        apply('a', ours('memcacheds/x'), memcached('x', { spec: { replicas: 0 } }), 'fieldValidation=Strict'),
        apply('a', ours('memcacheds/x'), memcached('x', { spec: { replicas: -1 } })),
      ],
    },
    {
      name: 'a Deployment is applied with its defaults',
      steps: [
        apply('a', apps('deployments/x'), deployment('x', [{ name: 'c', image: 'i' }]), 'dryRun=All'),
        post(
          apps('deployments?dryRun=All&fieldManager=u'),
          deployment('x', [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }]),
        ),
        apply('a', apps('deployments/x'), deployment('x', []), 'dryRun=All'),
        apply('a', apps('deployments/x'), deployment('x', [{ name: 'c' }]), 'dryRun=All'),
        apply(
          'a',
          apps('deployments/x'),
          deployment('x', [{ name: 'c', image: 'i' }], { selector: { matchLabels: { app: 'y' } } }),
          'dryRun=All',
        ),
      ],
    },
  ],
};
