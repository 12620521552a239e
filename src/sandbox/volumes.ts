import { Builtin, type KubeObject } from '../kube/object.ts';
import { quantityValue } from '../kube/quantity.ts';
import { CLAIM_PROTECTION } from './admission.ts';
import type { SandboxApi } from './api.ts';
import { Controller, own, refFrom } from './controller.ts';
import { warn } from './events.ts';
import { dropFinalizer } from './garbage.ts';
import { type JsonObject, recordAt, recordsAt } from './json.ts';

/** Binds claims to volumes of their class, grows them, and keeps one that is deleted while a Pod uses it. */
export function startVolumes(api: SandboxApi, delayMs: () => number): Controller {
  return new Controller({ api, delayMs, reconcile: (key) => reconcile(api, key) })
    .on(Builtin.PersistentVolumeClaim, own)
    .on(Builtin.Pod, ({ type, object }) =>
      type === 'DELETED' ? claimsOf(object).map((name) => `${object.metadata.namespace ?? ''}/${name}`) : [],
    )
    .on(Builtin.StorageClass, () =>
      api.store
        .list(Builtin.PersistentVolumeClaim)
        .filter((claim) => recordAt(claim, 'status')['phase'] === 'Pending')
        .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`),
    );
}

/** The names of the claims that a Pod mounts. */
export function claimsOf(pod: KubeObject): string[] {
  return recordsAt(pod, 'spec', 'volumes').flatMap((volume) => {
    const name = recordAt(volume, 'persistentVolumeClaim')['claimName'];
    return typeof name === 'string' ? [name] : [];
  });
}

function reconcile(api: SandboxApi, key: string): void {
  const claim = api.find(Builtin.PersistentVolumeClaim, refFrom(key));
  if (claim === undefined) return;
  const { name, namespace = '', deletionTimestamp, finalizers } = claim.metadata;
  if (deletionTimestamp !== undefined) {
    const isUsed = api.store.contents(namespace).some(({ object }) => object.kind === 'Pod' && uses(object, name));
    if (!isUsed && finalizers?.includes(CLAIM_PROTECTION) === true) {
      dropFinalizer(api, Builtin.PersistentVolumeClaim, claim, CLAIM_PROTECTION);
    }
    return;
  }
  const status = recordAt(claim, 'status');
  // A claim whose volume is lost never gets another.
  if (status['phase'] === 'Lost') return;
  if (status['phase'] !== 'Bound') bind(api, claim);
  else if (size(recordAt(status, 'capacity')) < size(requestOf(claim))) setStatus(api, claim);
}

/** A Pod holds its claims from its binding to its removal, also after it has ended. */
function uses(pod: KubeObject, claim: string): boolean {
  return recordAt(pod, 'spec')['nodeName'] !== undefined && claimsOf(pod).includes(claim);
}

function bind(api: SandboxApi, claim: KubeObject): void {
  const className = recordAt(claim, 'spec')['storageClassName'];
  if (className === '' || className === undefined) {
    const why = 'no persistent volumes available for this claim and no storage class is set';
    warn(api, claim, 'FailedBinding', why, 'persistentvolume-controller');
    return;
  }
  if (api.find(Builtin.StorageClass, { name: String(className) }) === undefined) {
    const why = `storageclass.storage.k8s.io "${String(className)}" not found`;
    warn(api, claim, 'ProvisioningFailed', why, 'persistentvolume-controller');
    return;
  }
  const volumeName = `pvc-${claim.metadata.uid ?? ''}`;
  const bound = api.update(Builtin.PersistentVolumeClaim, claim.metadata, (live) => ({
    ...live,
    spec: { ...recordAt(live, 'spec'), volumeName },
  }));
  setStatus(api, bound);
}

function setStatus(api: SandboxApi, claim: KubeObject): void {
  const { accessModes } = recordAt(claim, 'spec');
  const status = { phase: 'Bound', accessModes, capacity: { storage: requestOf(claim)['storage'] } };
  api.update(Builtin.PersistentVolumeClaim, claim.metadata, (live) => ({ ...live, status }), { subresource: 'status' });
}

function requestOf(claim: KubeObject): JsonObject {
  return recordAt(claim, 'spec', 'resources', 'requests');
}

function size(quantities: JsonObject): number {
  return quantityValue(quantities['storage']) ?? 0;
}
