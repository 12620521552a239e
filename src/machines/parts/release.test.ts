import { describe, expect, it } from 'vitest';
import { scopeWith } from '../../../test/support/scope.ts';
import { refusedRelease, releaseOf } from './release.ts';

describe('releaseOf', () => {
  it.each([
    { image: 'quay.io/openstack.kolla/keystone:2025.1-ubuntu-noble', release: '2025.1' },
    { image: 'keystone:2024.2', release: '2024.2' },
    { image: 'mirror.local:5000/kolla/keystone:2025.1', release: '2025.1' },
    { image: 'keystone:2024.2-x@sha256:0123', release: '2024.2' },
    { image: 'keystone@sha256:2024.2', release: 'otherwise' },
    { image: 'mirror.local:5000/keystone', release: 'otherwise' },
    { image: 'keystone', release: 'otherwise' },
    { image: 'keystone:latest', release: 'otherwise' },
    { image: 'keystone:v2025.1', release: 'otherwise' },
    { image: 'keystone:2025.10', release: 'otherwise' },
    { image: 'keystone:20251', release: 'otherwise' },
  ])('of $image is $release', ({ image, release }) => {
    expect(releaseOf(image, 'otherwise')).toBe(release);
  });
});

describe('refusedRelease', () => {
  const scope = (have?: string, release = '2025.1') =>
    scopeWith({ spec: { release }, ...(have === undefined ? {} : { record: { release: have } }) });

  it.each([
    { have: undefined, image: 'k:2025.1-x' },
    { have: '2025.1', image: 'k:2025.1-y' },
    { have: '2025.1', image: 'k@sha256:00' },
    { have: '2024.2', image: 'k:2025.1' },
  ])('lets $image be rolled out on $have', ({ have, image }) => {
    expect(refusedRelease(scope(have), image)).toBeUndefined();
  });

  it.each([
    { have: undefined, image: 'k:2024.1', said: 'release 2024.1 of image k:2024.1 is not known' },
    { have: undefined, image: 'k:2030.1', said: 'release 2030.1' },
    { have: '2025.2', image: 'k:2025.1', said: 'the database is at release 2025.2' },
  ])('refuses $image on $have', ({ have, image, said }) => {
    const blocked = refusedRelease(scope(have), image)?.blocked;
    expect(blocked).toMatchObject({ stalled: true, reason: 'ReleaseRefused', by: { kind: 'Keystone', name: 'a' } });
    expect(blocked?.message).toContain(said);
  });

  it('believes the spec where the tag says nothing', () => {
    expect(refusedRelease(scope(undefined, '2024.2'), 'k@sha256:00')?.blocked.message).toContain('release 2024.2');
  });
});
