/** A resource that the API server must refuse: where it says the mistake is, and part of what it says about it. */
export interface Refusal {
  /** Ends the sentence "<kind> refuses …". */
  readonly what: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly spec: object;
  readonly field: string;
  readonly says: string;
}

/** A change that must be refused: `spec` is created, `patch` merged into it. */
export interface RefusedChange extends Refusal {
  readonly patch: object;
}

/** A resource that must be admitted, and read by the operator as it is stored. */
export interface Admission {
  readonly what: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly spec: object;
}

const long = 'a'.repeat(65_536);
const digest = `sha256:${'0'.repeat(64)}`;
const many = (count: number): unknown[] => Array.from({ length: count }, () => ({ operator: 'Exists' }));
const labels = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`label-${i}`, 'x']));
const setting = (over: object): object => ({
  extraConfig: [{ file: 'keystone.conf', section: 'DEFAULT', key: 'debug', value: 'true', ...over }],
});
const settings = (count: number): object => ({
  extraConfig: Array.from({ length: count }, (_, i) => ({
    file: 'keystone.conf',
    section: 'DEFAULT',
    key: `option_${i}`,
    value: '1',
  })),
});
const toleration = (over: object): object => ({ tolerations: [{ operator: 'Exists', ...over }] });
const requests = (over: object): object => ({ resources: { requests: over } });
const limits = (over: object): object => ({ resources: { limits: over } });

const name = {
  field: 'metadata.name',
  says: 'must begin with a letter, have only a-z, 0-9 and -, and at most 32 characters',
};
const core = 'write cores as text, such as "2", "0.5" or "500m"';
const memory = 'write bytes with a unit, such as 512Mi or 2Gi';
const reference = 'write an image as [registry/]name[:tag][@sha256:digest], such as quay.io/';
const labelKey = 'write the key of a label, such as disk or example.com/disk';
const labelValue = 'write the value of a label: letters, digits, -, _ and .';
const secret = 'write the name of a Secret in this namespace: a-z, 0-9, - and .';
const option = 'write an option: a letter, then letters, digits, _ and ., such as debug or log_file; not log-file';
const credentials = 'extraConfig may not set credentials, connections or commands: use the fields and Secrets for them';

type Row = Omit<Refusal, 'kind'>;

/** Mistakes in what every kind has. */
const common: readonly Row[] = [
  { what: 'a name of 33 characters', metadata: { name: 'a'.repeat(33) }, spec: {}, ...name },
  { what: 'a name with a dot', metadata: { name: 'my.cloud' }, spec: {}, ...name },
  { what: 'a name that begins with a digit', metadata: { name: '1st' }, spec: {}, ...name },
  { what: 'a name with capitals', metadata: { name: 'Cloud' }, spec: {}, ...name },

  { what: 'an unknown field', spec: { repicas: 1 }, field: 'spec.repicas', says: 'unknown field' },
  { what: 'a field `__proto__`', spec: { ['__proto__']: {} }, field: 'spec.__proto__', says: 'unknown field' },
  { what: 'a Pod template', spec: { template: { spec: {} } }, field: 'spec.template', says: 'unknown field' },
  { what: 'a list as spec', spec: [], field: 'spec', says: 'must be of type object' },

  { what: 'a negative count', spec: { replicas: -1 }, field: 'spec.replicas', says: 'greater than or equal to 0' },
  { what: 'a count in quotes', spec: { replicas: '1' }, field: 'spec.replicas', says: 'must be of type integer' },
  { what: 'half a Pod', spec: { replicas: 0.5 }, field: 'spec.replicas', says: 'must be of type integer' },

  { what: 'an image with spaces', spec: { image: 'my image' }, field: 'spec.image', says: reference },
  { what: 'an empty image', spec: { image: '' }, field: 'spec.image', says: reference },
  { what: 'an image with two tags', spec: { image: 'quay.io/a/b:1:2' }, field: 'spec.image', says: reference },
  { what: 'an image with an empty tag', spec: { image: 'quay.io/a/b:' }, field: 'spec.image', says: reference },
  { what: 'an image with half a digest', spec: { image: 'a@sha256:12' }, field: 'spec.image', says: reference },
  { what: 'an image with a scheme', spec: { image: 'https://quay.io/a' }, field: 'spec.image', says: reference },
  { what: 'an image with a wide colon', spec: { image: 'nginx：1' }, field: 'spec.image', says: reference },
  { what: 'an image of 64 kB', spec: { image: long }, field: 'spec.image', says: 'may not be more than 255' },
  { what: 'an image as a list', spec: { image: ['a'] }, field: 'spec.image', says: 'must be of type string: "array"' },

  {
    what: 'an unknown field of the resources',
    spec: { resources: { claims: [] } },
    field: 'spec.resources.claims',
    says: 'unknown field',
  },
  {
    what: 'cores as a number',
    spec: requests({ cpu: 2 }),
    field: 'spec.resources.requests.cpu',
    says: 'must be of type string: "integer"',
  },
  { what: 'cores in words', spec: requests({ cpu: 'two' }), field: 'spec.resources.requests.cpu', says: core },
  { what: 'cores with a unit of bytes', spec: limits({ cpu: '1Gi' }), field: 'spec.resources.limits.cpu', says: core },
  { what: 'negative cores', spec: limits({ cpu: '-1' }), field: 'spec.resources.limits.cpu', says: core },
  {
    what: 'thousandths of a byte',
    spec: requests({ memory: '512m' }),
    field: 'spec.resources.requests.memory',
    says: memory,
  },
  { what: 'a unit nobody knows', spec: limits({ memory: '2GB' }), field: 'spec.resources.limits.memory', says: memory },
  {
    what: 'a quantity of 33 digits',
    spec: limits({ memory: '1'.repeat(33) }),
    field: 'spec.resources.limits.memory',
    says: 'may not be more than 32',
  },
  {
    what: 'a request of cores over its limit',
    spec: { resources: { requests: { cpu: '2' }, limits: { cpu: '1500m' } } },
    field: 'spec.resources',
    says: 'requests.cpu must be at most limits.cpu: lower the request or raise the limit',
  },
  {
    what: 'a request of memory over its limit',
    spec: { resources: { requests: { memory: '1Gi' }, limits: { memory: '1000Mi' } } },
    field: 'spec.resources',
    says: 'requests.memory must be at most limits.memory: lower the request or raise the limit',
  },

  {
    what: 'a node label with a bad key',
    spec: { nodeSelector: { 'a b': 'x' } },
    field: 'spec.nodeSelector',
    says: labelKey,
  },
  {
    what: 'a node label without a key',
    spec: { nodeSelector: { '': 'x' } },
    field: 'spec.nodeSelector',
    says: labelKey,
  },
  {
    what: 'a node label `__proto__`',
    spec: { nodeSelector: { ['__proto__']: 'x' } },
    field: 'spec.nodeSelector',
    says: labelKey,
  },
  {
    what: 'a node label with a key of 64 characters',
    spec: { nodeSelector: { ['a'.repeat(64)]: 'x' } },
    field: 'spec.nodeSelector',
    says: labelKey,
  },
  {
    what: 'a node label with a key of 64 kB',
    spec: { nodeSelector: { [long]: 'x' } },
    field: 'spec.nodeSelector',
    says: labelKey,
  },
  {
    what: 'a node label with a bad value',
    spec: { nodeSelector: { disk: '-ssd' } },
    field: 'spec.nodeSelector[disk]',
    says: labelValue,
  },
  {
    what: 'a node label with an umlaut',
    spec: { nodeSelector: { disk: 'größe' } },
    field: 'spec.nodeSelector[disk]',
    says: labelValue,
  },
  {
    what: 'a node label with a truth value',
    spec: { nodeSelector: { disk: true } },
    field: 'spec.nodeSelector.disk',
    says: 'must be of type string: "boolean"',
  },
  { what: '17 node labels', spec: { nodeSelector: labels(17) }, field: 'spec.nodeSelector', says: 'at most 16 items' },

  { what: '17 tolerations', spec: { tolerations: many(17) }, field: 'spec.tolerations', says: 'at most 16 items' },
  {
    what: 'one toleration without a list',
    spec: { tolerations: {} },
    field: 'spec.tolerations',
    says: 'must be of type array',
  },
  {
    what: 'null as a toleration',
    spec: { tolerations: [null] },
    field: 'spec.tolerations[0]',
    says: 'must be of type object: "null"',
  },
  {
    what: 'a toleration with an unknown field',
    spec: toleration({ seconds: 1 }),
    field: 'spec.tolerations[0].seconds',
    says: 'unknown field',
  },
  {
    what: 'a toleration with a bad key',
    spec: toleration({ key: 'a/b/c' }),
    field: 'spec.tolerations[0].key',
    says: labelKey,
  },
  {
    what: 'a toleration with an unknown operator',
    spec: toleration({ operator: 'In' }),
    field: 'spec.tolerations[0].operator',
    says: 'supported values: "Exists", "Equal"',
  },
  {
    what: 'a toleration with a bad value',
    spec: toleration({ key: 'a', operator: 'Equal', value: 'x y' }),
    field: 'spec.tolerations[0].value',
    says: labelValue,
  },
  {
    what: 'a toleration with a long value',
    spec: toleration({ key: 'a', operator: 'Equal', value: 'x'.repeat(64) }),
    field: 'spec.tolerations[0].value',
    says: 'may not be more than 63',
  },
  {
    what: 'a toleration with an unknown effect',
    spec: toleration({ effect: 'NoRun' }),
    field: 'spec.tolerations[0].effect',
    says: 'supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  },
  {
    what: 'a toleration for more than a day',
    spec: toleration({ effect: 'NoExecute', tolerationSeconds: 86_401 }),
    field: 'spec.tolerations[0].tolerationSeconds',
    says: 'less than or equal to 86400',
  },
  {
    what: 'a toleration for less than no time',
    spec: toleration({ effect: 'NoExecute', tolerationSeconds: -1 }),
    field: 'spec.tolerations[0].tolerationSeconds',
    says: 'greater than or equal to 0',
  },
  {
    what: 'a toleration of any value with a value',
    spec: toleration({ key: 'a', value: 'x' }),
    field: 'spec.tolerations[0]',
    says: 'leave value out, or write operator Equal',
  },
  {
    what: 'a toleration of nothing in particular',
    spec: { tolerations: [{}] },
    field: 'spec.tolerations[0]',
    says: 'write operator Exists with it, or a key',
  },
  {
    what: 'a toleration that ends, of a taint that does not evict',
    spec: toleration({ effect: 'NoSchedule', tolerationSeconds: 60 }),
    field: 'spec.tolerations[0]',
    says: 'tolerationSeconds is for effect NoExecute only: write that effect or leave the seconds out',
  },

  {
    what: 'an unknown deletion policy',
    spec: { deletionPolicy: 'Keep' },
    field: 'spec.deletionPolicy',
    says: 'supported values: "Retain", "Delete"',
  },
];

const mariadb: readonly Row[] = [
  {
    what: 'a second server',
    spec: { replicas: 2 },
    field: 'spec.replicas',
    says: 'less than or equal to 1',
  },
  {
    what: 'Galera',
    spec: { galeraEnabled: true },
    field: 'spec',
    says: 'galeraEnabled is not done in this version: leave it out; one server with one volume is made',
  },
  {
    what: 'Galera in words',
    spec: { galeraEnabled: 'yes' },
    field: 'spec.galeraEnabled',
    says: 'must be of type boolean',
  },
  {
    what: 'a volume of nothing',
    spec: { storage: { size: '0' } },
    field: 'spec',
    says: 'storage.size must be at least 1Mi: write a size with a unit, such as 10Gi',
  },
  {
    what: 'a volume whose unit was forgotten',
    spec: { storage: { size: '10' } },
    field: 'spec',
    says: 'storage.size must be at least 1Mi: write a size with a unit, such as 10Gi',
  },
  {
    what: 'a size that is none',
    spec: { storage: { size: 'large' } },
    field: 'spec.storage.size',
    says: 'write a size with a unit, such as 10Gi',
  },
  {
    what: 'an empty size',
    spec: { storage: { size: '' } },
    field: 'spec.storage.size',
    says: 'write a size with a unit, such as 10Gi',
  },
  {
    what: 'a size with a sign',
    spec: { storage: { size: '-1Gi' } },
    field: 'spec.storage.size',
    says: 'write a size with a unit, such as 10Gi',
  },
  {
    what: 'a size as a number',
    spec: { storage: { size: 10 } },
    field: 'spec.storage.size',
    says: 'must be of type string: "integer"',
  },
  {
    what: 'a storage class with a space',
    spec: { storage: { storageClassName: 'fast disks' } },
    field: 'spec.storage.storageClassName',
    says: 'write the name of a StorageClass: a-z, 0-9, - and .',
  },
  {
    what: 'a storage class of 254 characters',
    spec: { storage: { storageClassName: 'a'.repeat(254) } },
    field: 'spec.storage.storageClassName',
    says: 'may not be more than 253',
  },
  {
    what: 'an unknown field of the storage',
    spec: { storage: { accessModes: [] } },
    field: 'spec.storage.accessModes',
    says: 'unknown field',
  },
];

const memcached: readonly Row[] = [
  {
    what: 'a second server',
    spec: { replicas: 2 },
    field: 'spec',
    says: 'replicas above 1 are not done in this version: write 1, or 0 to stop it',
  },
];

const keystone: readonly Row[] = [
  { what: '33 Pods', spec: { replicas: 33 }, field: 'spec.replicas', says: 'less than or equal to 32' },
  {
    what: 'a release by its code name',
    spec: { release: 'epoxy' },
    field: 'spec.release',
    says: 'write a release as year and half-year in quotes, such as "2025.1"',
  },
  {
    what: 'a third release of a year',
    spec: { release: '2025.3' },
    field: 'spec.release',
    says: 'write a release as year and half-year in quotes, such as "2025.1"',
  },
  {
    what: 'a release without quotes',
    spec: { release: 2025.1 },
    field: 'spec.release',
    says: 'must be of type string: "number"',
  },
  {
    what: 'a long release',
    spec: { release: '2025.1-lts' },
    field: 'spec.release',
    says: 'may not be more than 8',
  },
  {
    what: 'a database in another namespace',
    spec: { mariadbRef: 'other/mariadb' },
    field: 'spec.mariadbRef',
    says: 'write the name of a MariaDB in this namespace: a letter, then a-z, 0-9 and -, such as mariadb',
  },
  {
    what: 'an empty name of a database',
    spec: { mariadbRef: '' },
    field: 'spec.mariadbRef',
    says: 'write the name of a MariaDB in this namespace',
  },
  {
    what: 'a host as the cache',
    spec: { memcachedRef: 'cache.example.com' },
    field: 'spec.memcachedRef',
    says: 'write the name of a Memcached in this namespace: a letter, then a-z, 0-9 and -, such as memcached',
  },
  {
    what: 'a cache with a name that no Memcached can have',
    spec: { memcachedRef: 'a'.repeat(33) },
    field: 'spec.memcachedRef',
    says: 'may not be more than 32',
  },
  {
    what: 'a reference as an object',
    spec: { memcachedRef: {} },
    field: 'spec.memcachedRef',
    says: 'must be of type string: "object"',
  },
  {
    what: 'a database password in the resource',
    spec: { database: { password: 'x' } },
    field: 'spec.database.password',
    says: 'unknown field',
  },
  {
    what: 'a Secret with capitals',
    spec: { database: { secretName: 'Mine' } },
    field: 'spec.database.secretName',
    says: secret,
  },
  {
    what: 'a Secret with two dots in a row',
    spec: { adminPasswordSecretName: 'a..b' },
    field: 'spec.adminPasswordSecretName',
    says: secret,
  },
  {
    what: 'a Secret of another namespace',
    spec: { adminPasswordSecretName: 'vault/admin' },
    field: 'spec.adminPasswordSecretName',
    says: secret,
  },
  {
    what: 'a Secret with a long name',
    spec: { adminPasswordSecretName: 'a'.repeat(64) },
    field: 'spec.adminPasswordSecretName',
    says: 'may not be more than 63',
  },
  {
    what: 'a region with a slash',
    spec: { region: 'eu/west' },
    field: 'spec.region',
    says: 'write a region: letters, digits, _, . and -',
  },
  {
    what: 'a region with an umlaut',
    spec: { region: 'Zürich' },
    field: 'spec.region',
    says: 'write a region: letters, digits, _, . and -',
  },
  { what: 'an empty region', spec: { region: '' }, field: 'spec.region', says: 'such as RegionOne' },
  { what: 'a region of 64 kB', spec: { region: long }, field: 'spec.region', says: 'may not be more than 64' },
  {
    what: 'keys that are never rotated',
    spec: { fernetKeyRotationInterval: 0 },
    field: 'spec.fernetKeyRotationInterval',
    says: 'greater than or equal to 1',
  },
  {
    what: 'keys older than a year',
    spec: { fernetKeyRotationInterval: 8761 },
    field: 'spec.fernetKeyRotationInterval',
    says: 'less than or equal to 8760',
  },
  {
    what: 'an interval with a unit',
    spec: { fernetKeyRotationInterval: '24h' },
    field: 'spec.fernetKeyRotationInterval',
    says: 'must be of type integer',
  },
  {
    what: 'another place for the token keys',
    spec: setting({ section: 'fernet_tokens', key: 'key_repository' }),
    field: 'spec',
    says: 'extraConfig may not set where keys lie or how long tokens live',
  },
  {
    what: 'another place for the token keys, in capitals',
    spec: setting({ section: 'Fernet_Tokens', key: 'key_repository' }),
    field: 'spec',
    says: 'extraConfig may not set where keys lie or how long tokens live',
  },
  {
    what: 'a token that outlives its key, in capitals',
    spec: setting({ section: 'TOKEN', key: 'expiration' }),
    field: 'spec',
    says: 'extraConfig may not set where keys lie or how long tokens live',
  },
  {
    what: 'a token that outlives its key',
    spec: setting({ section: 'token', key: 'expiration' }),
    field: 'spec',
    says: 'extraConfig may not set where keys lie or how long tokens live',
  },
  { what: '65 options', spec: settings(65), field: 'spec.extraConfig', says: 'at most 64 items' },
  {
    what: 'an option of a file that is not the service’s',
    spec: setting({ file: '/etc/passwd' }),
    field: 'spec.extraConfig[0].file',
    says: 'supported values: "keystone.conf"',
  },
  {
    what: 'an option without a value',
    spec: { extraConfig: [{ file: 'keystone.conf', section: 'DEFAULT', key: 'debug' }] },
    field: 'spec.extraConfig[0].value',
    says: 'Required value',
  },
  {
    what: 'null as the value of an option',
    spec: setting({ value: null }),
    field: 'spec.extraConfig[0].value',
    says: 'Required value',
  },
  {
    what: 'a section in brackets',
    spec: setting({ section: '[DEFAULT]' }),
    field: 'spec.extraConfig[0].section',
    says: 'write a section without brackets',
  },
  {
    what: 'a section `__proto__`',
    spec: setting({ section: '__proto__' }),
    field: 'spec.extraConfig[0].section',
    says: 'write a section without brackets: a letter',
  },
  {
    what: 'an option with an equals sign',
    spec: setting({ key: 'debug=true' }),
    field: 'spec.extraConfig[0].key',
    says: option,
  },
  {
    what: 'an option with a dash, which would never be read',
    spec: setting({ key: 'log-file' }),
    field: 'spec.extraConfig[0].key',
    says: option,
  },
  {
    what: 'an option with a long name',
    spec: setting({ key: 'a'.repeat(65) }),
    field: 'spec.extraConfig[0].key',
    says: 'may not be more than 64',
  },
  {
    what: 'a value with a line break',
    spec: setting({ value: 'true\n[token]\nprovider = uuid' }),
    field: 'spec.extraConfig[0].value',
    says: 'write the value on one line',
  },
  {
    what: 'a value of 64 kB',
    spec: setting({ value: long }),
    field: 'spec.extraConfig[0].value',
    says: 'may not be more than 1024',
  },
  {
    what: 'a truth value without quotes',
    spec: setting({ value: true }),
    field: 'spec.extraConfig[0].value',
    says: 'must be of type string: "boolean"',
  },
  {
    what: 'the same option twice',
    spec: {
      extraConfig: ['true', 'false'].map((value) => ({
        file: 'keystone.conf',
        section: 'DEFAULT',
        key: 'debug',
        value,
      })),
    },
    field: 'spec.extraConfig[1]',
    says: 'Duplicate value',
  },
  ...['constructor', 'toString', 'hasOwnProperty'].map((section) => ({
    what: `a section ${section}`,
    spec: setting({ section, key: 'keys' }),
    field: 'spec',
    says: 'extraConfig names a section that no service has: write one of its documented sections, such as DEFAULT',
  })),
  ...[
    'connection',
    'slave_connection',
    'connection_string',
    'transport_url',
    'transport-url',
    'admin_token',
    'Password',
    'sasl_passwd',
    'memcache_secret_key',
    'hmac_keys',
    'helper_command',
    'xmlsec1_binary',
    'rootwrap_cmd',
  ].map((key) => ({
    what: `the option ${key}`,
    spec: setting({ key }),
    field: 'spec',
    says: credentials,
  })),
];

export const refusals: readonly Refusal[] = [
  ...['MariaDB', 'Memcached', 'Keystone'].flatMap((kind) => common.map((row) => ({ kind, ...row }))),
  ...mariadb.map((row) => ({ kind: 'MariaDB', ...row })),
  ...memcached.map((row) => ({ kind: 'Memcached', ...row })),
  ...keystone.map((row) => ({ kind: 'Keystone', ...row })),
];

export const refusedChanges: readonly RefusedChange[] = [
  {
    what: 'a smaller volume',
    kind: 'MariaDB',
    spec: { storage: { size: '10Gi' } },
    patch: { storage: { size: '10239Mi' } },
    field: 'spec',
    says: 'storage.size may only grow: write at least the present size',
  },
  {
    what: 'another storage class',
    kind: 'MariaDB',
    spec: { storage: { storageClassName: 'slow' } },
    patch: { storage: { storageClassName: 'fast' } },
    field: 'spec',
    says: 'storage.storageClassName cannot be changed: make a new resource with the class you want and move the data',
  },
  {
    what: 'a storage class given later',
    kind: 'MariaDB',
    spec: {},
    patch: { storage: { storageClassName: 'fast' } },
    field: 'spec',
    says: 'storage.storageClassName cannot be changed',
  },
  {
    what: 'a storage class taken away',
    kind: 'MariaDB',
    spec: { storage: { storageClassName: 'slow' } },
    patch: { storage: null },
    field: 'spec',
    says: 'storage.storageClassName cannot be changed',
  },
  {
    what: 'another database',
    kind: 'Keystone',
    spec: {},
    patch: { mariadbRef: 'other' },
    field: 'spec',
    says: 'mariadbRef cannot be changed: the data lies there',
  },
  {
    what: 'another database by leaving it out',
    kind: 'Keystone',
    spec: { mariadbRef: 'other' },
    patch: { mariadbRef: null },
    field: 'spec',
    says: 'mariadbRef cannot be changed: the data lies there',
  },
];

const fully = {
  image: `registry.example.com:5000/kolla/my_own-image.name:2025.1-ubuntu-noble@${digest}`,
  resources: { requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '0.5', memory: '0.5Gi' } },
  nodeSelector: { 'openstack.k8s.io/control-plane': 'enabled' },
  tolerations: [
    { key: 'example.com/dedicated', operator: 'Equal', value: 'cloud', effect: 'NoExecute', tolerationSeconds: 0 },
  ],
  deletionPolicy: 'Delete',
};
const edge = {
  replicas: 0,
  image: `${'a'.repeat(63)}/${'b'.repeat(62)}:${'c'.repeat(128)}`,
  resources: { requests: {}, limits: { memory: '1'.repeat(32) } },
  nodeSelector: { ...labels(14), [`${'a'.repeat(189)}/${'b'.repeat(63)}`]: 'x'.repeat(63), empty: '' },
  tolerations: [
    ...many(15),
    { key: 'a', operator: 'Exists', value: '', effect: 'NoExecute', tolerationSeconds: 86_400 },
  ],
};

/** The rows of a kind together must give every field there is. */
export const admissions: readonly Admission[] = [
  ...['MariaDB', 'Memcached', 'Keystone'].flatMap((kind): Admission[] => [
    { kind, what: 'an empty spec', spec: {} },
    {
      kind,
      what: 'null as if the field were left out',
      spec: { replicas: null, image: null, resources: { limits: null } },
    },
    { kind, what: 'a name of 32 characters', metadata: { name: `a${'-0'.repeat(15)}z` }, spec: {} },
    { kind, what: 'a name of one letter', metadata: { name: 'a' }, spec: {} },
    { kind, what: 'a short image', spec: { image: 'keystone' } },
    { kind, what: 'an image by digest only', spec: { image: `quay.io/openstack.kolla/keystone@${digest}` } },
    { kind, what: 'a node label `constructor`', spec: { nodeSelector: { constructor: 'x' } } },
  ]),
  {
    kind: 'MariaDB',
    what: 'every field',
    spec: {
      ...fully,
      replicas: 1,
      storage: { size: '1.5Ti', storageClassName: 'fast.example.com' },
      galeraEnabled: false,
    },
  },
  {
    kind: 'MariaDB',
    what: 'every bound met',
    spec: { ...edge, storage: { size: '1Mi', storageClassName: 'a'.repeat(253) } },
  },
  { kind: 'Memcached', what: 'every field', spec: { ...fully, replicas: 1 } },
  { kind: 'Memcached', what: 'every bound met', spec: edge },
  {
    kind: 'Keystone',
    what: 'every field',
    spec: {
      ...fully,
      replicas: 3,
      release: '2025.1',
      mariadbRef: 'my-database',
      memcachedRef: 'my-cache',
      database: { secretName: 'keystone.database' },
      region: 'eu_West-1.a',
      adminPasswordSecretName: '0-admin',
      fernetKeyRotationInterval: 1,
      ...setting({ section: 'oslo_middleware', key: 'max_request_body_size', value: '' }),
    },
  },
  {
    kind: 'Keystone',
    what: 'every bound met',
    spec: {
      ...edge,
      replicas: 32,
      mariadbRef: 'a'.repeat(32),
      memcachedRef: 'a',
      database: { secretName: 'a'.repeat(63) },
      region: 'a'.repeat(64),
      adminPasswordSecretName: 'a'.repeat(63),
      fernetKeyRotationInterval: 8760,
      ...settings(64),
    },
  },
  {
    kind: 'Keystone',
    what: 'an option of the greatest length, in any script',
    spec: setting({ section: 'a'.repeat(64), key: 'b'.repeat(64), value: `größe ${'漢'.repeat(1018)}` }),
  },
];

/** A change that must be admitted. */
export const growth = {
  kind: 'MariaDB',
  spec: { storage: { size: '10Gi' } },
  patch: { storage: { size: '10241Mi' }, deletionPolicy: 'Delete' },
} as const;
