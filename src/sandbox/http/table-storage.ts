import type { KubeObject } from '../../kube/object.ts';
import { recordAt } from '../json.ts';
import { AGE, age, column, NAME, type Printers, strings, text, wide } from './table-printer.ts';

const UNSET = '<unset>';

export const STORAGE_PRINTERS: Printers = {
  PersistentVolumeClaim: {
    columns: [
      NAME,
      column('Status'),
      column('Volume'),
      column('Capacity'),
      column('Access Modes'),
      column('StorageClass'),
      column('VolumeAttributesClass'),
      AGE,
      wide('VolumeMode'),
    ],
    cells: claimCells,
  },
  StorageClass: {
    columns: [
      NAME,
      column('Provisioner'),
      column('ReclaimPolicy'),
      column('VolumeBindingMode'),
      column('AllowVolumeExpansion'),
      AGE,
    ],
    cells: (object, now) => [
      object.metadata.name + (isDefault(object) ? ' (default)' : ''),
      text(object['provisioner']),
      text(object['reclaimPolicy'] ?? 'Delete'),
      text(object['volumeBindingMode'] ?? 'Immediate'),
      object['allowVolumeExpansion'] === true,
      age(object, now),
    ],
  },
};

function claimCells(object: KubeObject, now: number): unknown[] {
  const spec = recordAt(object, 'spec');
  const status = recordAt(object, 'status');
  const isBound = text(spec['volumeName']) !== '';
  const phase = object.metadata.deletionTimestamp === undefined ? text(status['phase']) : 'Terminating';
  return [
    object.metadata.name,
    phase,
    text(spec['volumeName']),
    isBound ? text(recordAt(status, 'capacity')['storage']) || '0' : '',
    isBound ? accessText(strings(status['accessModes'])) : '',
    text(object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec['storageClassName']),
    text(spec['volumeAttributesClassName']) || UNSET,
    age(object, now),
    text(spec['volumeMode']) || UNSET,
  ];
}

const ACCESS_MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessText(modes: readonly string[]): string {
  return Object.entries(ACCESS_MODES)
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join();
}

function isDefault({ metadata }: KubeObject): boolean {
  return ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'].some(
    (annotation) => metadata.annotations?.[annotation] === 'true',
  );
}
