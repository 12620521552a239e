import {
  also,
  at,
  choice,
  count,
  type Field,
  group,
  long,
  type Mistake,
  taking,
  text,
  unknownIn,
  wrong,
} from './field.ts';

const digest = `sha256:${'0'.repeat(64)}`;

const core = 'write cores as text, such as "2", "0.5" or "500m"';
const memory = 'write bytes with a unit, such as 512Mi or 2Gi';
const size = 'write a size with a unit, such as 10Gi';
const labelKey = 'write the key of a label, such as disk or example.com/disk';
const labelValue = 'write the value of a label: letters, digits, -, _ and .';

/** Mistakes in what every kind has. */
export const inEvery: readonly Mistake[] = [
  ...['repicas', '__proto__', 'template'].map((name) => ({
    what: `a field ${name}`,
    spec: { [name]: {} },
    field: `spec.${name}`,
    says: 'unknown field',
  })),
  { what: 'a list as spec', spec: [], field: 'spec', says: 'must be of type object: "array"' },
];

/** Mistakes in a name of which there may be `most` characters. */
export function inNames(most: number): readonly Mistake[] {
  const bad = ['a'.repeat(most + 1), 'my.cloud', '1st', 'Cloud', 'cloud-'];
  return bad.map((name) => ({
    what: `the name ${name}`,
    metadata: { name },
    spec: {},
    field: 'metadata.name',
    says: `must begin with a letter, have only a-z, 0-9 and -, and at most ${most} characters`,
  }));
}

const secret = (path: string): Field =>
  text(
    path,
    63,
    'write the name of a Secret in this namespace: a-z, 0-9, - and .',
    ['', 'Mine', 'a..b', 'vault/admin'],
    {
      full: '0-my.own',
      edge: 'a'.repeat(63),
    },
  );

const ref = (path: string, kind: string, standard: string): Field =>
  text(
    path,
    32,
    `write the name of ${kind} in this namespace: a letter, then a-z, 0-9 and -, such as ${standard}`,
    ['', 'other/one', 'one.example.com', '1st', 'One'],
    { full: `my-${standard}`, edge: 'a'.repeat(32) },
  );

/** A field whose value is for ever; also its default is. */
export function immutable(field: Field, path: string, says: string): Field {
  const change = (what: string, spec: object, patch: object) => ({ what, spec, patch, field: 'spec', says });
  return {
    ...field,
    changes: [
      change(`another ${path}`, {}, at(path, 'other')),
      change(`another ${path} by leaving it out`, at(path, 'other'), at(path, null)),
    ],
  };
}

export function storage(path: string): Field {
  const change = (what: string, was: object | undefined, is: object | null, says: string) => ({
    what,
    spec: was === undefined ? {} : { [path]: was },
    patch: { [path]: is },
    field: 'spec',
    says: `${path}.${says}`,
  });
  const isOther = 'storageClassName cannot be changed: make a new resource with the class you want and move the data';
  const isLess = 'size may only grow: write at least the present size';
  const tooSmall = `${path}.size must be at least 1Mi: write a size with a unit, such as 10Gi`;
  return {
    ...group(
      path,
      {
        size: text(`${path}.size`, 32, size, ['', 'large', '-1Gi', '10 Gi', '10GB'], { full: '1.5Ti', edge: '1Mi' }),
        storageClassName: text(
          `${path}.storageClassName`,
          253,
          'write the name of a StorageClass: a-z, 0-9, - and .',
          ['', 'fast disks', 'Fast'],
          { full: 'fast.example.com', edge: 'a'.repeat(253) },
        ),
      },
      ['0', '10', '1023Ki'].map((value) => wrong(`${path}.size`, value, tooSmall, { field: 'spec' })),
    ),
    changes: [
      change(`a smaller ${path}`, { size: '10Gi' }, { size: '10239Mi' }, isLess),
      change(`a smaller ${path} than the default`, undefined, { size: '9Gi' }, isLess),
      change(`another class of the ${path}`, { storageClassName: 'slow' }, { storageClassName: 'fast' }, isOther),
      change(`a class of the ${path} given later`, undefined, { storageClassName: 'fast' }, isOther),
      change(`the class of the ${path} taken away`, { storageClassName: 'slow' }, null, isOther),
    ],
    grows: [
      {
        what: `a larger ${path}`,
        spec: at(`${path}.size`, '10Gi'),
        patch: { ...at(`${path}.size`, '10241Mi'), deletionPolicy: 'Delete' },
      },
    ],
  };
}

function amounts(path: string): Field {
  const cpu = ['', 'two', '1Gi', '-1', '0.0005'];
  const bytes = ['512m', '2GB', '-1Gi'];
  return group(path, {
    cpu: text(`${path}.cpu`, 32, core, cpu, { full: '500m', edge: `${'1'.repeat(28)}.001` }),
    memory: text(`${path}.memory`, 32, memory, bytes, { full: '512Mi', edge: '1'.repeat(32) }),
  });
}

const resources: Field = taking(
  group('resources', { requests: amounts('resources.requests'), limits: amounts('resources.limits') }, [
    wrong(
      'resources',
      { requests: { cpu: '2' }, limits: { cpu: '1500m' } },
      'requests.cpu must be at most limits.cpu: lower the request or raise the limit',
    ),
    wrong(
      'resources',
      { requests: { memory: '1Gi' }, limits: { memory: '1000Mi' } },
      'requests.memory must be at most limits.memory: lower the request or raise the limit',
    ),
  ]),
  'resources',
  null,
  { limits: null },
);

const labels = (of: number): object =>
  Object.fromEntries(Array.from({ length: of }, (_, i) => [`${'a'.repeat(188)}/${'b'.repeat(62)}${i % 10}`, 'x']));
const numbered = (of: number): object =>
  Object.fromEntries(Array.from({ length: of }, (_, i) => [`label-${i}`, 'x'.repeat(63)]));

const nodeSelector: Field = taking(
  {
    mistakes: [
      ...['', 'a b', '__proto__', 'a'.repeat(64), `${'a'.repeat(190)}/${'b'.repeat(63)}`, long].map((key) =>
        wrong('nodeSelector', { [key]: 'x' }, labelKey),
      ),
      ...['-ssd', 'größe'].map((disk) =>
        wrong('nodeSelector', { disk }, labelValue, { field: 'spec.nodeSelector[disk]' }),
      ),
      wrong('nodeSelector.disk', true, 'must be of type string: "boolean"'),
      wrong('nodeSelector.disk', 'x'.repeat(64), 'may not be more than 63'),
      wrong('nodeSelector', numbered(17), 'at most 16 items'),
      wrong('nodeSelector', [], 'must be of type object: "array"'),
    ],
    full: { 'openstack.k8s.io/control-plane': 'enabled' },
    edge: { ...labels(5), ...numbered(10), empty: '' },
  },
  'nodeSelector',
  { constructor: 'x' },
  {},
);

/** A field of a toleration, beside what makes it one. */
const inToleration = (name: string, rest: object = {}) => ({
  path: `tolerations[0].${name}`,
  give: (value: unknown) => ({ tolerations: [{ operator: 'Exists', ...rest, [name]: value }] }),
});
const someToleration = { path: 'tolerations[0]', give: (value: unknown) => ({ tolerations: [value] }) };
const equal = { key: 'a', operator: 'Equal' };
const evicting = { effect: 'NoExecute' };
const toleration = {
  key: 'example.com/dedicated',
  operator: 'Equal',
  value: 'cloud',
  effect: 'NoExecute',
  tolerationSeconds: 0,
};

const tolerations: Field = {
  mistakes: [
    wrong(
      'tolerations',
      Array.from({ length: 17 }, () => ({ operator: 'Exists' })),
      'at most 16 items',
    ),
    wrong('tolerations', {}, 'must be of type array: "object"'),
    wrong(someToleration, null, 'must be of type object: "null"'),
    unknownIn(someToleration),
    ...text(inToleration('key'), 253, labelKey, ['a/b/c', 'a b'], {}).mistakes,
    ...choice(inToleration('operator'), ['Exists', 'Equal']).mistakes,
    ...text(inToleration('value', equal), 63, labelValue, ['x y', '-'], {}).mistakes,
    ...choice(inToleration('effect'), ['NoSchedule', 'PreferNoSchedule', 'NoExecute']).mistakes,
    ...count(inToleration('tolerationSeconds', evicting), 86_400).mistakes,
    wrong(someToleration, { key: 'a', operator: 'Exists', value: 'x' }, 'leave value out, or write operator Equal'),
    wrong(someToleration, {}, 'write operator Exists with it, or a key'),
    ...['NoSchedule', 'PreferNoSchedule'].map((effect) =>
      wrong(
        someToleration,
        { operator: 'Exists', effect, tolerationSeconds: 60 },
        'tolerationSeconds is for effect NoExecute only: write that effect or leave the seconds out',
      ),
    ),
  ],
  full: [toleration],
  edge: Array.from({ length: 16 }, (_, i) => ({
    ...toleration,
    key: `${'a'.repeat(187)}/${'b'.repeat(61)}${String(i).padStart(2, '0')}`,
    value: 'x'.repeat(63),
    tolerationSeconds: 86_400,
  })),
};

const image: Field = also(
  taking(
    text(
      'image',
      255,
      'write an image as [registry/]name[:tag][@sha256:digest], such as quay.io/',
      ['my image', '', 'quay.io/a/b:1:2', 'quay.io/a/b:', 'a@sha256:12', 'https://quay.io/a', 'nginx：1'],
      {
        full: `registry.example.com:5000/kolla/my_own-image.name:2025.1-ubuntu-noble@${digest}`,
        edge: `${'a'.repeat(63)}/${'b'.repeat(62)}:${'c'.repeat(128)}`,
      },
    ),
    'image',
    null,
    'keystone',
    `quay.io/openstack.kolla/keystone@${digest}`,
  ),
  wrong('image', long, 'may not be more than 255'),
);

/** An image that stands for several, of which `base` is one. */
export function ofSeveral(base: string): Field {
  const says = `image stands for several images, of which ${base} is one: write it with a tag and without a digest`;
  const bad = [`${base}@${digest}`, `quay.io/a/${base}:2025.1@${digest}`];
  return also(image, ...bad.map((value) => wrong('image', value, says, { field: 'spec' })));
}

const setting = { file: '', section: 'DEFAULT', key: 'debug', value: 'true' };

export function extraConfig(file: string, ...others: readonly string[]): Field {
  const given = (over: object): object => ({ extraConfig: [{ ...setting, file, ...over }] });
  const inSetting = (name: string) => ({
    path: `extraConfig[0].${name}`,
    give: (value: unknown) => given({ [name]: value }),
  });
  const many = (of: number): object[] =>
    Array.from({ length: of }, (_, i) => ({
      file,
      section: 's'.repeat(64),
      key: `o${String(i).padStart(63, '_')}`,
      value: `größe ${'漢'.repeat(1018)}`,
    }));
  const section = 'write a section without brackets: a letter, then letters, digits';
  const key = 'write an option: a letter, then letters, digits, _ and ., such as debug or log_file; not log-file';
  const required = ['file', 'section', 'key', 'value'].map((name) => wrong(inSetting(name), null, 'Required value'));
  const refusedHere = (what: string, over: object, says: string) => ({ what, spec: given(over), field: 'spec', says });
  return {
    mistakes: [
      wrong('extraConfig', many(65), 'at most 64 items'),
      wrong('extraConfig', {}, 'must be of type array: "object"'),
      {
        what: 'an option as text',
        spec: { extraConfig: ['debug'] },
        field: 'spec.extraConfig[0]',
        says: 'of type object',
      },
      {
        what: 'an option with a field too many',
        spec: given({ misspelt: 1 }),
        field: 'spec.extraConfig[0].misspelt',
        says: 'unknown field',
      },
      ...choice(inSetting('file'), [file, ...others]).mistakes,
      ...required,
      ...text(inSetting('section'), 64, section, ['', '[DEFAULT]', '__proto__'], {}).mistakes,
      ...text(inSetting('key'), 64, key, ['', 'debug=true', 'log-file'], {}).mistakes,
      wrong(inSetting('value'), long, 'may not be more than 1024'),
      ...text(inSetting('value'), 1024, 'write the value on one line', ['true\n[token]\nprovider = uuid'], {}).mistakes,
      {
        what: 'the same option twice',
        spec: { extraConfig: ['true', 'false'].map((value) => ({ ...setting, file, value })) },
        field: 'spec.extraConfig[1]',
        says: 'Duplicate value',
      },
      ...['constructor', 'toString', 'hasOwnProperty'].map((name) =>
        refusedHere(
          `a section ${name}`,
          { section: name },
          'extraConfig names a section that no service has: write one of its documented sections, such as DEFAULT',
        ),
      ),
      ...forbiddenOptions.map((name) =>
        refusedHere(
          `the option ${name}`,
          { key: name },
          'extraConfig may not set credentials, connections or commands: use the fields and Secrets for them',
        ),
      ),
    ],
    full: [{ ...setting, file, section: 'oslo_middleware', key: 'max_request_body_size', value: '' }],
    edge: many(64),
  };
}

const forbiddenOptions = [
  'connection',
  'slave_connection',
  'connection_string',
  'transport_url',
  'admin_token',
  'Password',
  'sasl_passwd',
  'memcache_secret_key',
  'hmac_keys',
  'helper_command',
  'xmlsec1_binary',
  'rootwrap_cmd',
  'rootwrap_config',
  'kek',
  'fixed_key',
  'metadata_encryption_key',
  'root_token_id',
  'passcode',
  'swift_store_key',
];

/** By the name of the field: a kind that has it has these, unless it says otherwise of its own. */
export const shared: Readonly<Record<string, Field>> = {
  replicas: taking(count('replicas', 32), 'replicas', null),
  image,
  release: text(
    'release',
    8,
    'write a release as year and half-year in quotes, such as "2025.1"',
    ['', 'epoxy', '2025.3', '25.1'],
    { full: '2025.1', edge: '9999.2' },
  ),
  resources,
  nodeSelector,
  tolerations,
  storage: storage('storage'),
  deletionPolicy: { ...choice('deletionPolicy', ['Retain', 'Delete']), full: 'Delete' },
  mariadbRef: immutable(ref('mariadbRef', 'a MariaDB', 'mariadb'), 'mariadbRef', 'mariadbRef cannot be changed'),
  rabbitmqRef: ref('rabbitmqRef', 'a RabbitMQ', 'rabbitmq'),
  memcachedRef: ref('memcachedRef', 'a Memcached', 'memcached'),
  keystoneRef: ref('keystoneRef', 'a Keystone', 'keystone'),
  placementRef: ref('placementRef', 'a Placement', 'placement'),
  glanceRef: ref('glanceRef', 'a Glance', 'glance'),
  neutronRef: ref('neutronRef', 'a Neutron', 'neutron'),
  ovnRef: ref('ovnRef', 'an OVNNetwork', 'ovn'),
  database: group('database', { secretName: secret('database.secretName') }, [
    {
      what: 'a database password',
      spec: at('database.password', 'x'),
      field: 'spec.database.password',
      says: 'unknown',
    },
  ]),
  messageQueue: group('messageQueue', { secretName: secret('messageQueue.secretName') }),
  adminPasswordSecretName: secret('adminPasswordSecretName'),
  region: text(
    'region',
    64,
    'write a region: letters, digits, _, . and - that begins and ends with a letter or digit, such as RegionOne',
    ['', 'eu/west', 'Zürich', 'eu-'],
    { full: 'eu_West-1.a', edge: 'a'.repeat(64) },
  ),
};
