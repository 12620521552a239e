import type { Settings } from './scope.ts';

export const defaultSettings: Settings = {
  imagePrefix: 'quay.io/openstack.kolla',
  distro: 'ubuntu-noble',
  pullSecret: undefined,
  jobDeadlineSeconds: 3600,
  allowPrivileged: false,
};
