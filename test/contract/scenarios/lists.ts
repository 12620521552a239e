import { get, MERGE, patch, post, remove, type Step, type Subject } from '../step.ts';
import { configMap, core, custom, lease, leases, secret, widget } from './paths.ts';

const three: Step[] = ['a', 'b', 'c'].map((name, index) =>
  post(leases(), lease(name, { metadata: { labels: { app: 'x', n: String(index) } } }), { as: name }),
);

/** Lists: their pages, selectors and versions. */
export const lists: Subject = {
  name: 'lists',
  scenarios: [
    {
      name: 'an empty list, and a full one',
      steps: [
        get(leases()),
        ...three,
        get(leases()),
        get(custom('widgets')),
        post(custom('widgets'), widget('a')),
        get(custom('widgets')),
      ],
    },
    {
      name: 'pages',
      steps: [
        ...three,
        get(leases('?limit=2'), { as: 'p' }),
        get(leases('?limit=2&continue={continue:p}')),
        get(leases('?limit=1&labelSelector=app=x'), { as: 'q' }),
        get(leases('?limit=1&labelSelector=app=x&continue={continue:q}'), { as: 'r' }),
        remove(leases('/c')),
        get(leases('?limit=1&labelSelector=app=x&continue={continue:r}')),
        get(leases('?limit=3')),
        get(leases('?limit=0')),
        get(leases('?limit=-1')),
        get(leases('?limit=many')),
        get(leases('?limit=2&continue=nonsense')),
        get(leases('?limit=2&continue={continue:p}&resourceVersion={rv:a}')),
        post(custom('widgets'), widget('a')),
        post(custom('widgets'), widget('b')),
        get(custom('widgets?limit=1'), { as: 'w' }),
        get(custom('widgets?limit=1&continue={continue:w}')),
      ],
    },
    {
      name: 'label selectors',
      steps: [
        ...three,
        get(leases('?labelSelector=n=1')),
        get(leases('?labelSelector=n==1')),
        get(leases('?labelSelector=n!=1,app=x')),
        get(leases('?labelSelector=n in (0,2)')),
        get(leases('?labelSelector=n notin (0,2)')),
        get(leases('?labelSelector=app,n')),
        get(leases('?labelSelector=!app')),
        get(leases('?labelSelector=n>0')),
        get(leases('?labelSelector=app=')),
        get(leases('?labelSelector=a b')),
        get(leases('?labelSelector=app in x')),
        get(leases('?labelSelector=bad key=1')),
      ],
    },
    {
      name: 'field selectors',
      steps: [
        ...three,
        get(leases('?fieldSelector=metadata.name=b')),
        get(leases('?fieldSelector=metadata.name!=b')),
        get(leases('?fieldSelector=metadata.name=b,metadata.namespace={ns}')),
        get(leases('?fieldSelector=metadata.namespace=elsewhere')),
        get(leases('?fieldSelector=metadata.labels.app=x')),
        get(leases('?fieldSelector=metadata.name')),
        get(core('secrets?fieldSelector=type=example.com/x')),
        post(core('secrets'), secret('s', { type: 'example.com/x' })),
        get(core('secrets?fieldSelector=type=example.com/x')),
        get(custom('widgets?fieldSelector=metadata.name=none')),
        get(custom('widgets?fieldSelector=spec.color=red')),
        get(core('pods?fieldSelector=spec.nodeName=none,status.phase=Running')),
      ],
    },
    {
      name: 'versions',
      steps: [
        ...three,
        get(leases('?resourceVersion=0&labelSelector=app=x'), { until: { items: 3 } }),
        get(leases('?resourceVersion={rv:c}&resourceVersionMatch=NotOlderThan&labelSelector=app=x')),
        get(leases('?resourceVersion={rv:c}&labelSelector=app=x')),
        get(leases('?resourceVersion={rv:b}&resourceVersionMatch=Exact')),
        remove(leases('/a')),
        get(leases('?resourceVersion={rv:c}&resourceVersionMatch=Exact')),
        get(leases('?resourceVersionMatch=Exact')),
        get(leases('?resourceVersion=0&resourceVersionMatch=Exact')),
        get(leases('?resourceVersion=1&resourceVersionMatch=Sometimes')),
        get(leases('?resourceVersion=word')),
        get(leases('?resourceVersion={rv:b}&limit=1&resourceVersionMatch=Exact'), { as: 'p' }),
        get(leases('?limit=1&continue={continue:p}')),
        get(leases('/b?resourceVersion=0')),
        get(leases('/b?resourceVersion={rv:b}')),
        get(leases('/b?resourceVersion=word')),
      ],
    },
    {
      name: 'lists of every namespace',
      steps: [
        ...three,
        get('/apis/coordination.k8s.io/v1/leases?labelSelector=app=x&fieldSelector=metadata.namespace={ns}'),
        get('/apis/contract.example.com/v1/widgets?labelSelector=suite={ns}'),
        get('/api/v1/namespaces?fieldSelector=metadata.name={ns}'),
        get('/api/v1/namespaces?labelSelector=kubernetes.io/metadata.name={ns}'),
        post('/apis/coordination.k8s.io/v1/leases', lease('z')),
        get('/api/v1/namespaces/none-such-namespace/secrets'),
      ],
    },
    {
      name: 'lists by metadata alone, and as a Table',
      steps: [
        post(core('configmaps'), configMap('a', { data: { k: '1', m: '2' }, metadata: { labels: { app: 'x' } } })),
        patch(MERGE, core('configmaps/a'), { metadata: { annotations: { n: '1' } } }),
        get(core('configmaps?labelSelector=app'), {
          headers: { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
        }),
        get(core('configmaps/a'), {
          headers: { Accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' },
        }),
        get(core('configmaps?labelSelector=app'), {
          headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
        }),
        get(core('configmaps?labelSelector=app&includeObject=None'), {
          headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
        }),
        get(core('configmaps?labelSelector=app&includeObject=Object'), {
          headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
        }),
        get(core('configmaps/a'), { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }),
        get(core('configmaps/none'), { headers: { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } }),
        get(core('configmaps/a'), { headers: { Accept: 'application/json;as=Bogus;v=v1;g=meta.k8s.io' } }),
        get(core('configmaps/a'), {
          headers: { Accept: 'application/json;as=Bogus;v=v1;g=meta.k8s.io,application/json' },
        }),
        get(core('configmaps/a'), { headers: { Accept: '*/*' } }),
        get(core('configmaps/a?pretty=true')),
        get(core('configmaps/a'), {
          headers: { Accept: 'application/yaml' },
          refused: 'the sandbox answers in JSON only; no client of ours asks for YAML',
        }),
      ],
    },
  ],
};
