import { describe, expect, it } from 'vitest';
import { scopeWith } from '../../../test/support/scope.ts';
import { Builtin } from '../../kube/object.ts';
import { metadataFor } from './ownership.ts';

const child = (holds: 'data' | 'nothing') =>
  metadataFor(scopeWith(), { id: 'api', type: Builtin.Deployment, holds, nameIn: () => 'a-api' }, 'api');

describe('what is made for a resource', () => {
  it('is controlled by it: it goes with it, wakes it when it changes, and can be nobody else’s', () => {
    expect(child('nothing').ownerReferences).toEqual([
      {
        apiVersion: 'openstack.k8s.io/v1alpha1',
        kind: 'Keystone',
        name: 'a',
        uid: 'uid-of-a',
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
  });

  it('outlives it where it holds data, and only says whose it was', () => {
    expect(child('data')).not.toHaveProperty('ownerReferences');
    expect(child('data').annotations).toEqual({ 'openstack.k8s.io/owner': 'Keystone/a' });
  });
});
