import { expect, it } from 'vitest';
import { Builtin } from '../kube/object.ts';
import { selectorFor } from './selector.ts';
import { object } from './test-world.ts';

const api = object(Builtin.Pod, 'api', { metadata: { labels: { app: 'nova', tier: 'api' } } });

it.each([
  ['app=nova', true],
  ['app==nova,tier=api', true],
  ['app=nova,tier=db', false],
  ['app!=nova', false],
  ['zone!=eu', true],
  ['app in (nova, glance),tier', true],
  ['app notin (glance)', true],
  ['zone notin (eu)', true],
  ['app in (glance)', false],
  ['tier', true],
  ['!tier', false],
  ['!zone', true],
])('label selector %s matches: %s', (labelSelector, matches) => {
  expect(selectorFor('Secret', { labelSelector })?.(api)).toBe(matches);
});

it.each([
  ['metadata.name=api', true],
  ['metadata.name!=api', false],
  ['metadata.name=api,metadata.namespace=default', true],
  ['metadata.namespace=other', false],
])('field selector %s matches: %s', (fieldSelector, matches) => {
  expect(selectorFor('Secret', { fieldSelector })?.(api)).toBe(matches);
});

it('refuses what it cannot read, and fields it does not index', () => {
  expect(() => selectorFor('Secret', { labelSelector: 'a=b=c' })).toThrow('unable to parse requirement');
  expect(() => selectorFor('Secret', { fieldSelector: 'spec.nodeName=x' })).toThrow(
    'field label not supported: spec.nodeName',
  );
});
