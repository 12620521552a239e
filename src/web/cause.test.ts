import { describe, expect, it } from 'vitest';
import { causeOf, namedIn } from './cause.ts';
import type { Summary } from './instances.ts';

describe('namedIn', () => {
  it.each([
    ['MariaDB/mariadb does not exist', 'MariaDB/mariadb'],
    ['paused by annotation; Job/a-b is running', 'Job/a-b'],
    ['Deployment/a: 0 of 1 replicas available; Pod/a-x: CrashLoopBackOff', 'Pod/a-x'],
    ['Deployment/a: 0 of 1 replicas available', 'Deployment/a'],
    ['Neutron/a is not Ready: Deployment/b: 0 of 1 replicas available; Pod/b-x: ErrImagePull', 'Neutron/a'],
    ['the API server is busy', undefined],
  ])('finds in %j: %s', (sentence, expected) => {
    const found = namedIn(sentence);
    expect(found && `${found.kind}/${found.name}`).toBe(expected);
  });
});

describe('causeOf', () => {
  const summary = (key: string, waitingFor?: string): Summary => {
    const [kind = '', name = ''] = key.split('/');
    const isReady = waitingFor === undefined;
    return {
      kind,
      name,
      namespace: 'ns',
      uid: key,
      standing: isReady ? 'done' : 'waiting',
      state: 'Deployed',
      ready: isReady ? 'True' : 'False',
      reason: 'X',
      ...(isReady ? {} : { waitingFor }),
      stalled: false,
      paused: false,
      failures: 0,
      generation: 1,
      observedGeneration: 1,
    };
  };
  const all = [
    summary('Nova/n', 'Placement/p is not Ready: Keystone/k is not Ready: Job/k-sync failed'),
    summary('Placement/p', 'Keystone/k is not Ready: Job/k-sync failed'),
    summary('Keystone/k', 'Job/k-sync failed'),
    summary('Glance/late', 'Memcached/m is not Ready: Deployment/m'),
    summary('Memcached/m'),
    summary('Glance/a', 'Neutron/b still refers to Glance/a'),
    summary('Neutron/b', 'Glance/a is being deleted'),
    summary('Glance/lost', 'MariaDB/none does not exist'),
  ];
  const of = (key: string) => all.find((one) => `${one.kind}/${one.name}` === key);
  const cause = (key: string) => causeOf(of(key) as Summary, ({ kind, name }) => of(`${kind}/${name}`));

  it('follows resources to the last one, and says what that one says', () => {
    expect(cause('Nova/n')).toEqual({
      through: [
        { kind: 'Placement', name: 'p' },
        { kind: 'Keystone', name: 'k' },
      ],
      standing: 'waiting',
      sentence: 'Job/k-sync failed',
      object: { kind: 'Job', name: 'k-sync' },
    });
  });

  it.each(['Keystone/k', 'Memcached/m', 'Glance/lost'])('has nothing to add to what %s says itself', (key) => {
    expect(cause(key)).toBeUndefined();
  });

  it('goes to no resource that is Ready by now', () => expect(cause('Glance/late')).toBeUndefined());

  it('ends where resources wait for each other', () => {
    expect(cause('Glance/a')?.through).toEqual([{ kind: 'Neutron', name: 'b' }]);
  });
});
