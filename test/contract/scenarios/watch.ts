import { collect, get, MERGE, patch, post, put, remove, watch, type Subject } from '../step.ts';
import { configMap, core, custom, lease, leases, secret, widget } from './paths.ts';

/** Watches: what they begin with, deliver and end with. */
export const watches: Subject = {
  name: 'watch',
  scenarios: [
    {
      name: 'everything that happens to an object, in order',
      steps: [
        get(core('secrets'), { as: 'list' }),
        watch('w', core('secrets?watch=1&resourceVersion={rv:list}')),
        post(core('secrets'), secret('a', { data: { k: 'dg==' } })),
        patch(MERGE, core('secrets/a'), { data: { k: 'dw==' } }),
        patch(MERGE, core('secrets/a'), { data: { k: 'dw==' } }),
        patch(MERGE, core('secrets/a'), { metadata: { finalizers: ['example.com/f'] } }),
        remove(core('secrets/a')),
        patch(MERGE, core('secrets/a'), { metadata: { finalizers: null } }),
        post(core('secrets'), secret('a')),
        collect('w', 6),
      ],
    },
    {
      name: 'a watch without a version begins with what there is',
      steps: [
        post(core('secrets'), secret('b')),
        post(core('secrets'), secret('a')),
        watch('none', core('secrets?watch=1')),
        watch('zero', core('secrets?watch=true&resourceVersion=0')),
        post(core('secrets'), secret('c')),
        collect('none', 3),
        collect('zero', 3),
      ],
    },
    {
      name: 'a watch resumes after a version',
      steps: [
        post(core('secrets'), secret('a'), { as: 'a' }),
        patch(MERGE, core('secrets/a'), { data: { k: 'dg==' } }, { as: 'b' }),
        remove(core('secrets/a')),
        post(core('secrets'), secret('z')),
        watch('a', core('secrets?watch=1&resourceVersion={rv:a}')),
        watch('b', core('secrets?watch=1&resourceVersion={rv:b}')),
        collect('a', 3),
        collect('b', 2),
      ],
    },
    {
      name: 'a version that is long gone, or none at all',
      steps: [
        watch('old', custom('things?watch=1&resourceVersion=2&allowWatchBookmarks=true')),
        collect('old', 'all'),
        watch('word', core('secrets?watch=1&resourceVersion=word')),
        collect('word', 'all'),
        watch('match', core('secrets?watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=0')),
        collect('match', 'all'),
        watch('initial', core('secrets?watch=1&sendInitialEvents=true')),
        collect('initial', 'all'),
        watch('exact', core('secrets?watch=1&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1')),
        collect('exact', 'all'),
        watch('continue', core('secrets?watch=1&continue=abc')),
        collect('continue', 'all'),
        watch('custom', custom('widgets?watch=1&resourceVersion=1')),
        collect('custom', 'all'),
      ],
    },
    {
      name: 'objects enter and leave a label selector',
      steps: [
        get(core('secrets'), { as: 'list' }),
        watch('w', core('secrets?watch=1&labelSelector=app=x&resourceVersion={rv:list}')),
        post(core('secrets'), secret('a', { metadata: { labels: { app: 'x' } } })),
        post(core('secrets'), secret('b', { metadata: { labels: { app: 'y' } } })),
        patch(MERGE, core('secrets/b'), { metadata: { labels: { app: 'x' } } }),
        patch(MERGE, core('secrets/b'), { data: { k: 'dg==' } }),
        patch(MERGE, core('secrets/a'), { metadata: { labels: { app: 'y' } } }),
        patch(MERGE, core('secrets/a'), { data: { k: 'dg==' } }),
        patch(MERGE, core('secrets/a'), { metadata: { labels: { app: 'x', z: '1' } } }),
        remove(core('secrets/a')),
        patch(MERGE, core('secrets/b'), { metadata: { labels: { app: null } } }),
        remove(core('secrets/b')),
        post(core('secrets'), secret('c', { metadata: { labels: { app: 'x' } } })),
        collect('w', 8),
      ],
    },
    {
      name: 'labels given up and deletion at once',
      steps: [
        post(custom('widgets'), widget('a', { metadata: { labels: { app: 'x' }, finalizers: ['example.com/f'] } }), {
          as: 'a',
        }),
        watch('w', custom('widgets?watch=1&labelSelector=app&resourceVersion={rv:a}')),
        remove(custom('widgets/a')),
        patch(MERGE, custom('widgets/a'), { metadata: { labels: null } }),
        patch(MERGE, custom('widgets/a'), { metadata: { finalizers: null } }),
        post(custom('widgets'), widget('b', { metadata: { labels: { app: 'y' } } })),
        collect('w', 3),
      ],
    },
    {
      name: 'one object by its name',
      steps: [
        get(leases(), { as: 'list' }),
        watch('w', leases('?watch=1&fieldSelector=metadata.name=b&resourceVersion={rv:list}')),
        watch(
          'path',
          leases('?watch=1&fieldSelector=metadata.name=b,metadata.namespace={ns}&resourceVersion={rv:list}'),
        ),
        post(leases(), lease('a')),
        post(leases(), lease('b')),
        put(leases('/b'), lease('b', { spec: { holderIdentity: 'me' } })),
        remove(leases('/b')),
        collect('w', 3),
        collect('path', 3),
        watch('bad', leases('?watch=1&fieldSelector=spec.holderIdentity=me')),
        collect('bad', 'all'),
      ],
    },
    {
      name: 'the server ends a watch after timeoutSeconds',
      steps: [
        get(core('secrets'), { as: 'list' }),
        watch('w', core('secrets?watch=1&timeoutSeconds=1&resourceVersion={rv:list}')),
        post(core('secrets'), secret('a')),
        collect('w', 'all'),
      ],
    },
    {
      name: 'a bookmark comes before a watch with bookmarks ends',
      steps: [
        post(core('secrets'), secret('a'), { as: 'a' }),
        watch('w', core('secrets?watch=1&allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion={rv:a}')),
        post(core('secrets'), secret('b')),
        watch('custom', custom('widgets?watch=1&allowWatchBookmarks=true&timeoutSeconds=4')),
        collect('w', 2),
        collect('custom', 1),
      ],
    },
    {
      name: 'a streamed list ends with a marked bookmark',
      steps: [
        post(core('secrets'), secret('b')),
        post(core('secrets'), secret('a')),
        watch(
          'w',
          core('secrets?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'),
        ),
        collect('w', 3),
        watch(
          'none',
          leases(
            '?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name=none',
          ),
        ),
        collect('none', 1),
        watch(
          'no',
          core('secrets?watch=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'),
        ),
        post(core('secrets'), secret('c')),
        collect('no', 1),
        watch(
          'cr',
          custom(
            'widgets?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=app=x',
          ),
        ),
        collect('cr', 1),
      ],
    },
    {
      name: 'custom resources and their status',
      steps: [
        post(custom('widgets'), widget('a'), { as: 'a' }),
        watch('w', custom('widgets?watch=1&resourceVersion={rv:a}')),
        patch(MERGE, custom('widgets/a/status'), { status: { ready: 1 } }),
        patch(MERGE, custom('widgets/a'), { spec: { size: 5 } }),
        patch(MERGE, custom('widgets/a'), { spec: { size: 5 } }),
        remove(custom('widgets/a')),
        collect('w', 3),
      ],
    },
    {
      name: 'a watch in one namespace sees that one only',
      steps: [
        post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: '{ns}-beside' } }),
        get(leases(), { as: 'list' }),
        watch('w', leases('?watch=1&resourceVersion={rv:list}')),
        watch('all', '/apis/coordination.k8s.io/v1/leases?watch=1&labelSelector=suite={ns}&resourceVersion={rv:list}'),
        post(
          '/apis/coordination.k8s.io/v1/namespaces/{ns}-beside/leases',
          lease('there', { metadata: { labels: { suite: '{ns}' } } }),
        ),
        post(leases(), lease('here', { metadata: { labels: { suite: '{ns}' } } })),
        collect('w', 1),
        collect('all', 2),
        remove('/api/v1/namespaces/{ns}-beside', undefined, { view: { name: 'nothing', of: () => undefined } }),
      ],
    },
    {
      name: 'a watch as a Table, and by metadata alone',
      steps: [
        post(core('configmaps'), configMap('a', { data: { k: '1' }, metadata: { labels: { s: '1' } } }), { as: 'a' }),
        watch('table', core('configmaps?watch=1&labelSelector=s&resourceVersion={rv:a}'), {
          Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
        }),
        watch('meta', core('configmaps?watch=1&labelSelector=s&resourceVersion={rv:a}'), {
          Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
        }),
        patch(MERGE, core('configmaps/a'), { data: { m: '1' } }),
        remove(core('configmaps/a')),
        collect('table', 2),
        collect('meta', 2),
      ],
    },
  ],
};
