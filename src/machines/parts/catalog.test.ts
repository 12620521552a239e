import { describe, expect, it } from 'vitest';
import { digest, live, scopeWith } from '../../../test/support/scope.ts';
import { Builtin } from '../../kube/object.ts';
import { catalogJob } from './catalog.ts';

const entry = catalogJob<object>({
  type: 'image',
  name: 'glance',
  roles: ['admin'],
  url: () => 'http://a-api.ns.svc:9292',
  image: () => 'glance-api:1',
  user: 42415,
});

const password = live(Builtin.Secret, 'a-service-password', { digests: { password: digest('p') } });
const config = live(Builtin.Secret, 'a-config', { digests: {} });

describe('the Job for an entry in the catalog', () => {
  it.each([
    { objects: [], missing: 'a-service-password' },
    { objects: [config], missing: 'a-service-password' },
    { objects: [password], missing: 'a-config' },
  ])('is not begun, and so not begun twice, while Secret/$missing is not there', ({ objects, missing }) => {
    const { due, message } = entry.look(scopeWith({ objects }));
    expect({ due, message }).toEqual({ due: undefined, message: `Secret/${missing} is not there yet` });
  });

  it('is begun once it has all that it reads', () => {
    expect(entry.look(scopeWith({ objects: [password, config] })).due).toMatchObject({ verb: 'create' });
  });
});
