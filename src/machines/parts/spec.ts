import { z } from 'zod';
import type { Rule } from '../engine/kind.ts';

/** Fields that several kinds share. Every leaf is bounded; every bound has a reason a person can guess. */

/**
 * A text of one form. The API server only quotes a pattern, so a rule beside it says what to write instead.
 * The form may hold no single quote: it stands between such in the rule.
 */
export function text(most: number, form: RegExp, instead: string) {
  return z
    .string()
    .max(most)
    .regex(form, instead)
    .meta(refusedUnless({ rule: `self.matches(r'${form.source}')`, message: instead }));
}

/** The rules of one field; those of the whole spec are in the declaration. */
function refusedUnless(...rules: readonly Rule[]): Record<string, unknown> {
  return { 'x-kubernetes-validations': rules };
}

const amounts = z
  .strictObject({
    cpu: text(32, /^[0-9]+(\.[0-9]{1,3}|m)?$/, 'write cores as text, such as "2", "0.5" or "500m"')
      .optional()
      .describe('CPU cores, such as "500m" or "2".'),
    memory: bytes('write bytes with a unit, such as 512Mi or 2Gi').optional().describe('Memory, such as 512Mi or 2Gi.'),
  })
  .optional();

function bytes(instead: string) {
  return text(32, /^[0-9]+(\.[0-9]+)?(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/, instead);
}

const labelValue = text(
  63,
  /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
  'write the value of a label: letters, digits, -, _ and . that begins and ends with a letter or digit',
);

// Kubernetes lets a key have 253 + 1 + 63 characters; with 253 for all of it, no prefix can be too long either.
const labelKeyForm =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelKeyInstead =
  'write the key of a label, such as disk or example.com/disk: letters, digits, -, _ and ., at most 63, after a domain name and / if it has one';
const labelKey = text(253, labelKeyForm, labelKeyInstead);

const objectNameForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A name of an object: of the same namespace, or of the cluster. */
export function objectName(what: string, most = 63) {
  return text(most, objectNameForm, `write the name of ${what}: a-z, 0-9, - and ., such as my-own`);
}

export const image = text(
  255,
  /^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?(:[0-9]{1,5})?\/)?[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|__?|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?$/,
  'write an image as [registry/]name[:tag][@sha256:digest], such as quay.io/openstack.kolla/keystone:2025.1-ubuntu-noble',
)
  .optional()
  .describe('Container image. Default: the one of OpenStack 2025.1 below the operator’s --image-prefix.');

/** What a Pod would be refused for later. */
const tolerationRules: readonly Rule[] = [
  {
    rule: "!has(self.operator) || self.operator != 'Exists' || !has(self.value) || self.value == ''",
    message: 'a toleration with operator Exists has no value: leave value out, or write operator Equal',
  },
  {
    rule: "has(self.key) || (has(self.operator) && self.operator == 'Exists')",
    message: 'a toleration without key accepts every taint: write operator Exists with it, or a key',
  },
  {
    rule: "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
    message: 'tolerationSeconds is for effect NoExecute only: write that effect or leave the seconds out',
  },
];

export const placement = {
  resources: z
    .strictObject({ requests: amounts, limits: amounts })
    .optional()
    .meta(refusedUnless(withinLimit('cpu'), withinLimit('memory')))
    .describe('CPU and memory of each container.'),
  nodeSelector: z
    .record(labelKey, labelValue)
    .optional()
    .meta({
      maxProperties: 16,
      ...refusedUnless({
        rule: `self.all(key, key.size() <= 253 && key.matches(r'${labelKeyForm.source}'))`,
        message: labelKeyInstead,
      }),
    })
    .describe('Labels that a node must have to run these Pods.'),
  tolerations: z
    .array(
      z
        .strictObject({
          key: labelKey.optional(),
          operator: z.enum(['Exists', 'Equal']).optional(),
          value: labelValue.optional(),
          effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
          tolerationSeconds: z.int().min(0).max(86_400).optional(),
        })
        .meta(refusedUnless(...tolerationRules)),
    )
    .max(16)
    .optional()
    .describe('Taints that these Pods accept.'),
};

function withinLimit(of: 'cpu' | 'memory'): Rule {
  return {
    rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${of}) || !has(self.limits.${of}) || !isQuantity(self.requests.${of}) || !isQuantity(self.limits.${of}) || quantity(self.requests.${of}).compareTo(quantity(self.limits.${of})) <= 0`,
    message: `requests.${of} must be at most limits.${of}: lower the request or raise the limit`,
  };
}

export function replicas(most = 32) {
  return z.int().min(0).max(most).default(1).describe('How many Pods; 0 stops the service and keeps its data.');
}

export const deletionPolicy = z
  .enum(['Retain', 'Delete'])
  .default('Retain')
  .describe('Whether data, passwords and keys stay when this resource is deleted (Retain) or go with it (Delete).');

export const storage = z
  .strictObject({
    size: bytes('write a size with a unit, such as 10Gi')
      .default('10Gi')
      .describe('Size of the volume; it may grow, never shrink.'),
    storageClassName: objectName('a StorageClass', 253)
      .optional()
      .describe('Class of the volume; it cannot be changed. Default: the cluster’s default class.'),
  })
  .prefault({})
  .describe('The volume that holds the data.');

/** The rules of a field made with `storage`. */
export function storageRulesFor(field: string): readonly Rule[] {
  const [now, old] = [`self.${field}`, `oldSelf.${field}`];
  return [
    {
      rule: `!isQuantity(${now}.size) || !isQuantity(${old}.size) || quantity(${now}.size).compareTo(quantity(${old}.size)) >= 0`,
      message: `${field}.size may only grow: write at least the present size`,
    },
    {
      rule: `has(${now}.storageClassName) == has(${old}.storageClassName) && (!has(${now}.storageClassName) || ${now}.storageClassName == ${old}.storageClassName)`,
      message: `${field}.storageClassName cannot be changed: make a new resource with the class you want and move the data`,
    },
    {
      rule: `!isQuantity(${now}.size) || quantity(${now}.size).compareTo(quantity('1Mi')) >= 0`,
      message: `${field}.size must be at least 1Mi: write a size with a unit, such as 10Gi`,
    },
  ];
}

export const storageRules = storageRulesFor('storage');

export const release = text(8, /^[0-9]{4}\.[12]$/, 'write a release as year and half-year in quotes, such as "2025.1"')
  .default('2025.1')
  .describe('OpenStack release of the image, where its tag does not begin with one (a digest, for instance).');

/** A reference to another resource of the same namespace, by name. */
export function ref(kind: string, standard: string) {
  return text(
    32,
    /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    `write the name of ${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind} in this namespace: a letter, then a-z, 0-9 and -, such as ${standard}`,
  )
    .default(standard)
    .describe(`Name of the ${kind} in this namespace.`);
}

export const database = z
  .strictObject({
    secretName: objectName('a Secret in this namespace')
      .optional()
      .describe(
        'A Secret of yours with the password of the database user under the key `password`. Default: one is made.',
      ),
  })
  .prefault({})
  .describe('The database user of this service.');

/** Settings of the service’s own configuration files, set over what the operator renders. */
export function extraConfig<const F extends string>(files: readonly [F, ...F[]]) {
  return (
    z
      .array(
        z.strictObject({
          file: z.enum(files).describe('Which file.'),
          section: text(
            64,
            /^[A-Za-z][A-Za-z0-9_.:-]*$/,
            'write a section without brackets: a letter, then letters, digits, _, ., : and -, such as DEFAULT',
          ).describe('Section, such as DEFAULT.'),
          key: text(
            64,
            // oslo.config looks an option up with `_`; one with `-` would be accepted and never read.
            /^[A-Za-z][A-Za-z0-9_.]*$/,
            'write an option: a letter, then letters, digits, _ and ., such as debug or log_file; not log-file',
          ).describe('Option, such as debug.'),
          value: text(1024, /^[^\r\n\x00]*$/, 'write the value on one line').describe('Its value, on one line.'),
        }),
      )
      .max(64)
      // One value for one option: of two, one would be accepted and then ignored.
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['file', 'section', 'key'] })
      .default([])
      .describe('Options set over those that the operator renders. Credentials and commands are refused.')
  );
}

export const extraConfigRules: readonly Rule[] = [
  // By their words, and by name those that the services' own code marks as secret and no word tells.
  {
    rule: "self.extraConfig.all(e, !e.key.matches('(?i)(passw|secret|token$|credential|private[-_]key|hmac[-_]keys|^kek$|(^|[-_])connection([-_]string)?$|transport[-_]url|helper|(^|[-_])(command|cmd|binary)$|^command|^(approle_role_id|backend_argument|code|fixed_key|metadata_encryption_key|passcode|root_token_id|rootwrap_config|s3_store_access_key|swift_store_(key|user))$)'))",
    message: 'extraConfig may not set credentials, connections or commands: use the fields and Secrets for them',
  },
  // Names that every object of JavaScript answers to: no merge of sections may ever reach what lies behind them.
  {
    rule: "self.extraConfig.all(e, !(e.section in ['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'toString', 'valueOf']))",
    message: 'extraConfig names a section that no service has: write one of its documented sections, such as DEFAULT',
  },
];

/** The rule on names that every kind has: those of its children are longer, and have to fit, too. */
export function nameRuleFor(most = 32): Rule {
  return {
    rule: `self.metadata.name.size() <= ${most} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    message: `metadata.name must begin with a letter, have only a-z, 0-9 and -, and at most ${most} characters`,
  };
}

/** What every OpenStack service says besides what is its own. */
export const serviceFields = {
  replicas: replicas(),
  image,
  release,
  ...placement,
  mariadbRef: ref('MariaDB', 'mariadb'),
  memcachedRef: ref('Memcached', 'memcached'),
  keystoneRef: ref('Keystone', 'keystone'),
  database,
  deletionPolicy,
};

export const databaseRules: readonly Rule[] = [
  {
    rule: 'self.mariadbRef == oldSelf.mariadbRef',
    message: 'mariadbRef cannot be changed, since the data lies there: write the name that it has',
  },
];

/** The peers that those fields name. */
export const serviceUses = {
  database: { kind: 'MariaDB', ref: (cr: { readonly mariadbRef: string }) => cr.mariadbRef },
  cache: { kind: 'Memcached', ref: (cr: { readonly memcachedRef: string }) => cr.memcachedRef },
  identity: { kind: 'Keystone', ref: (cr: { readonly keystoneRef: string }) => cr.keystoneRef },
};

/** A host, by name or by address. */
export const hostName = text(
  253,
  /^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$/,
  'write a host name or an address, such as nova-metadata',
);
