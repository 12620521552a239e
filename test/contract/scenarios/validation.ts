import { apply, get, MERGE, patch, post, put, type Step, type Subject } from '../step.ts';
import { custom, memcached, objectOf, ours, rule, thing, widget } from './paths.ts';

const create = (spec: unknown, rest: object = {}): Step =>
  post(custom('widgets?dryRun=All'), widget('x', { spec, ...rest }));
const createRule = (spec: unknown): Step => post(custom('rules?dryRun=All'), rule('x', { spec }));
const keystone = (spec: object): Step =>
  post(ours('keystones?dryRun=All'), objectOf('openstack.k8s.io/v1alpha1', 'Keystone', 'x', { spec }));
const mariadb = (spec: object): Step =>
  post(ours('mariadbs?dryRun=All'), objectOf('openstack.k8s.io/v1alpha1', 'MariaDB', 'x', { spec }));

/** What the server makes of a custom resource: defaults, what it cuts away, and what it refuses in which words. */
export const validation: Subject = {
  name: 'validation',
  scenarios: [
    {
      name: 'types',
      steps: [
        create({ size: '3' }),
        create({ size: 3.5 }),
        create({ size: 4.0 }),
        create({ color: 1 }),
        create({ enabled: 'true' }),
        create({ tags: 'a' }),
        create({ tags: [1, 'a', true] }),
        create({ labels: [] }),
        create({ labels: { a: 1 } }),
        create({ limits: { cpu: 5 } }),
        create({ nested: 'x' }),
        create({ ratio: '0.5' }),
        create({ ratio: 1 }),
        create('text'),
        create([]),
        create({ port: 80 }),
        create({ port: 'http' }),
        create({ port: 1.5 }),
        create({ port: true }),
        create({ parts: { name: 'x' } }),
        create({ parts: ['x'] }),
        create({ size: 99999999999 }),
      ],
    },
    {
      name: 'values',
      steps: [
        create({ size: 0 }),
        create({ size: 11 }),
        create({ ratio: -0.5 }),
        create({ ratio: 1.01 }),
        create({ color: 'pink' }),
        create({ color: '' }),
        create({ code: 'a' }),
        create({ code: 'abcdefghi' }),
        create({ code: 'ABC' }),
        create({ code: 'A' }),
        create({ code: 'éé' }),
        create({ when: 'yesterday' }),
        create({ when: '2020-01-01T00:00:00Z' }),
        create({ tags: ['a', 'b', 'c', 'd'] }),
        create({ tags: ['a', 'a'] }),
        create({ steps: [] }),
        create({ labels: { a: '1', b: '2', c: '3', d: '4' } }),
        create({ labels: { a: '123456' } }),
        create({ parts: [{}] }),
        create({ parts: [{ name: 'p' }, { name: 'q' }, { name: 'p' }] }),
        create({ pair: {} }),
        create({ pair: { left: 'l' } }),
        create({ size: 0, color: 'pink', code: 'A', pair: {}, tags: ['a', 'a'] }),
        create({}, { status: { phase: 'Sideways' } }),
      ],
    },
    {
      name: 'nulls',
      steps: [
        create(null),
        create({ note: null }),
        create({ size: null }),
        create({ plain: null }),
        create({ tags: null }),
        create({ nested: null }),
        create({ nested: { deep: null } }),
        create({ labels: { a: null } }),
        create({ parts: [null] }),
        create({ parts: [{ name: null }] }),
        create({ free: { x: null } }),
      ],
    },
    {
      name: 'defaults',
      steps: [
        post(custom('widgets?dryRun=All'), widget('x')),
        create({}),
        create({ parts: [{ name: 'p' }, { name: 'q', count: 0 }], steps: [{}], limits: { cpu: {} } }),
        create({ nested: {} }),
        create({ nested: { deep: {} } }),
        create({ nested: { plain: 'p' } }),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: {} })),
        post(ours('memcacheds?dryRun=All'), memcached('x')),
      ],
    },
    {
      name: 'pruning',
      steps: [
        create({ bogus: 1, nested: { bogus: 1, deep: { bogus: 1 } }, parts: [{ name: 'p', bogus: 1 }] }),
        create({ free: { any: { thing: [1, { x: 'y' }] }, known: 1 } }),
        create({ free: { known: 'not a number' } }),
        create({ limits: { cpu: { bogus: 1 } }, frozen: { any: 'key' } }),
        create({}, { bogus: 1, metadata: { bogus: 1, labels: { l: '1' } } }),
        post(custom('things?dryRun=All'), thing('x', { any: { thing: 1 }, spec: 'text', metadata: { bogus: 1 } })),
        post(custom('widgets?dryRun=All'), widget('x', { metadata: { labels: { 'bad key': 'v' } } })),
        post(custom('widgets?dryRun=All'), widget('x', { metadata: { labels: { a: 'bad value!' } } })),
        post(custom('widgets?dryRun=All'), widget('x', { metadata: { annotations: { 'bad key': 'v' } } })),
        post(custom('widgets?dryRun=All'), widget('x', { metadata: { labels: { a: 1 } } })),
        post(custom('widgets?dryRun=All'), widget('x', { metadata: { finalizers: ['nope'] } })),
        post(
          custom('widgets?dryRun=All'),
          widget('x', { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: '' }] } }),
        ),
      ],
    },
    {
      name: 'the status is written apart',
      steps: [
        post(custom('widgets'), widget('x', { status: { ready: 1 } }), { as: 'x' }),
        patch(MERGE, custom('widgets/x'), { spec: { size: 4 }, status: { ready: 2 } }),
        patch(MERGE, custom('widgets/x/status'), {
          spec: { size: 5 },
          metadata: { labels: { l: '1' } },
          status: { ready: 3, bogus: 1 },
        }),
        patch(MERGE, custom('widgets/x/status'), { status: { ready: 'x', phase: 'Sideways' } }),
        patch(MERGE, custom('widgets/x/status'), {
          status: {
            conditions: [
              { type: 'A', status: 'True' },
              { type: 'A', status: 'True' },
            ],
          },
        }),
        patch(MERGE, custom('widgets/x/status'), { status: null }),
        get(custom('widgets/x'), { as: 'x' }),
        put(
          custom('widgets/x/status'),
          widget('x', {
            metadata: { resourceVersion: '{rv:x}', finalizers: ['example.com/f'] },
            status: { ready: 9 },
            spec: { size: 10 },
          }),
          { as: 'x' },
        ),
        put(custom('widgets/x'), widget('x', { metadata: { resourceVersion: '{rv:x}' }, spec: { size: 6 } })),
        get(custom('widgets/x/status')),
        post(custom('things'), thing('x', { status: { kept: true } })),
        patch(MERGE, custom('things/x/status'), { status: { kept: false } }),
        patch(MERGE, custom('things/x'), { status: { kept: false } }),
        get(custom('things/x/status')),
      ],
    },
    {
      name: 'scale of a custom resource',
      steps: [
        post(custom('widgets'), widget('x', { spec: { size: 2 } })),
        get(custom('widgets/x/scale')),
        patch(MERGE, custom('widgets/x/scale'), { spec: { replicas: 5 } }),
        patch(MERGE, custom('widgets/x/scale'), { spec: { replicas: 50 } }),
        get(custom('widgets/x')),
        get(custom('rules/x/scale')),
      ],
    },
    {
      name: 'rules',
      steps: [
        post(custom('rules?dryRun=All'), rule('x')),
        createRule({}),
        createRule({ low: 1, high: 2 }),
        createRule({ low: 3, high: 2 }),
        createRule({ word: 'ABC' }),
        createRule({ word: 'abcdef' }),
        createRule({ word: 'ABCDEF' }),
        createRule({ memory: '512Mi' }),
        createRule({ memory: '2Gi' }),
        createRule({ memory: 'much' }),
        createRule({ names: ['a', 'root'] }),
        createRule({ entries: { good: '1', bad: '2' } }),
        createRule({ low: 3, high: 2, word: 'ABCDEF', names: ['root'] }),
        createRule({ low: 'x', high: 2, word: 'ABC' }),
        createRule({ fixed: 'f' }),
        createRule({ word: 'aaaaaaaaaaaaaaaaaaaaaaaaa' }),
      ],
    },
    {
      name: 'rules about a change',
      steps: [
        post(custom('rules'), rule('x', { spec: { fixed: 'one', low: 1, high: 5 } })),
        patch(MERGE, custom('rules/x'), { spec: { fixed: 'two' } }),
        patch(MERGE, custom('rules/x'), { spec: { fixed: null } }),
        patch(MERGE, custom('rules/x'), { spec: { fixed: 'three' } }),
        patch(MERGE, custom('rules/x'), { spec: { low: null } }),
        patch(MERGE, custom('rules/x'), { spec: { low: 9 } }),
        patch(MERGE, custom('rules/x/status'), { status: { count: 2 } }),
        patch(MERGE, custom('rules/x/status'), { status: { count: 1 } }),
        apply('a', custom('rules/x'), rule('x', { spec: { word: 'NO' } })),
        patch(MERGE, custom('rules/x'), { spec: null }),
      ],
    },
    {
      name: 'our own kinds',
      steps: [
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { replicas: 33 } })),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { replicas: 'two' } })),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { image: 'not an image!' } })),
        post(
          ours('memcacheds?dryRun=All'),
          memcached('x', { spec: { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } } }),
        ),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { resources: { requests: { cpu: 2 } } } })),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { nodeSelector: { 'bad key': 'v' } } })),
        post(
          ours('memcacheds?dryRun=All'),
          memcached('x', { spec: { tolerations: [{ operator: 'Exists', value: 'v' }] } }),
        ),
        post(ours('memcacheds?dryRun=All&fieldValidation=Strict'), memcached('x', { spec: { replica: 1 } })),
        post(ours('memcacheds?dryRun=All'), memcached('x', { spec: { replica: 1 } })),
        keystone({}),
        keystone({ database: {} }),
        keystone({ replicas: 3, bogus: true }),
        mariadb({}),
        mariadb({ storage: { size: '1Gi' } }),
        mariadb({ storage: { size: 'big' } }),
        mariadb({ storage: 5 }),
      ],
    },
    {
      name: 'what was stored before a rule is borne until it changes',
      steps: [
        post(
          '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
          definition({ type: 'string' }, { type: 'integer' }),
        ),
        get('/apis/{ns}.example.com/v1/namespaces/{ns}/olds', { until: { status: 200 } }),
        post('/apis/{ns}.example.com/v1/namespaces/{ns}/olds', old({ a: 'LOUD', b: 50, c: 'x' })),
        patch(MERGE, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/olds.{ns}.example.com', {
          spec: definition({ type: 'string', pattern: '^[a-z]+$' }, { type: 'integer', maximum: 10 }).spec,
        }),
        post(
          '/apis/{ns}.example.com/v1/namespaces/{ns}/olds?dryRun=All',
          { ...old({ a: 'LOUD' }), metadata: { name: 'y' } },
          { until: { status: 422 } },
        ),
        patch(MERGE, '/apis/{ns}.example.com/v1/namespaces/{ns}/olds/x', { spec: { c: 'y' } }),
        patch(MERGE, '/apis/{ns}.example.com/v1/namespaces/{ns}/olds/x', { spec: { a: 'LOUDER' } }),
        patch(MERGE, '/apis/{ns}.example.com/v1/namespaces/{ns}/olds/x', { spec: { b: 51 } }),
        patch(MERGE, '/apis/{ns}.example.com/v1/namespaces/{ns}/olds/x', { spec: { a: 'soft' } }),
        patch(MERGE, '/apis/{ns}.example.com/v1/namespaces/{ns}/olds/x', { spec: { a: 'LOUD' } }),
        {
          ...get(''),
          method: 'DELETE',
          path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/olds.{ns}.example.com',
          view: { name: 'nothing', of: () => undefined },
        },
      ],
    },
  ],
};

function definition(a: object, b: object) {
  const spec = { type: 'object', properties: { a, b, c: { type: 'string' } } };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'olds.{ns}.example.com' },
    spec: {
      group: '{ns}.example.com',
      scope: 'Namespaced',
      names: { plural: 'olds', kind: 'Old' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

function old(spec: object) {
  return { apiVersion: '{ns}.example.com/v1', kind: 'Old', metadata: { name: 'x' }, spec };
}
