import { z } from 'zod';
import type { Rule } from '../engine/kind.ts';

/** Fields that several kinds share. Every leaf is bounded; every bound has a reason a person can guess. */

const quantity = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/);

const amounts = z
  .strictObject({
    cpu: quantity.optional().describe('CPU cores, such as 500m or 2.'),
    memory: quantity.optional().describe('Memory, such as 512Mi or 2Gi.'),
  })
  .optional();

const labelValue = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const labelKey = z
  .string()
  .min(1)
  .max(317)
  .regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/);

/** A name of an object of the same namespace. */
export const objectName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/);

export const image = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[a-zA-Z0-9][-a-zA-Z0-9._:/@]*$/)
  .optional()
  .describe('Container image. Default: the one of OpenStack 2025.1 below the operator’s --image-prefix.');

export const placement = {
  resources: z
    .strictObject({ requests: amounts, limits: amounts })
    .optional()
    .describe('CPU and memory of each container.'),
  nodeSelector: z
    .record(labelKey, labelValue)
    .optional()
    .meta({ maxProperties: 16 })
    .describe('Labels that a node must have to run these Pods.'),
  tolerations: z
    .array(
      z.strictObject({
        key: labelKey.optional(),
        operator: z.enum(['Exists', 'Equal']).optional(),
        value: labelValue.optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
        tolerationSeconds: z.int().min(0).max(86_400).optional(),
      }),
    )
    .max(16)
    .optional()
    .describe('Taints that these Pods accept.'),
};

export function replicas(most = 32) {
  return z.int().min(0).max(most).default(1).describe('How many Pods; 0 stops the service and keeps its data.');
}

export const deletionPolicy = z
  .enum(['Retain', 'Delete'])
  .default('Retain')
  .describe('Whether data, passwords and keys stay when this resource is deleted (Retain) or go with it (Delete).');

export const storage = z
  .strictObject({
    size: quantity.default('10Gi').describe('Size of the volume; it may grow, never shrink.'),
    storageClassName: objectName
      .max(253)
      .optional()
      .describe('Class of the volume; it cannot be changed. Default: the cluster’s default class.'),
  })
  .prefault({})
  .describe('The volume that holds the data.');

export const storageRules: readonly Rule[] = [
  {
    rule: 'quantity(self.storage.size).compareTo(quantity(oldSelf.storage.size)) >= 0',
    message: 'storage.size may only grow: write at least the present size',
  },
  {
    rule: 'has(self.storage.storageClassName) == has(oldSelf.storage.storageClassName) && (!has(self.storage.storageClassName) || self.storage.storageClassName == oldSelf.storage.storageClassName)',
    message:
      'storage.storageClassName cannot be changed: make a new resource with the class you want and move the data',
  },
  {
    rule: "quantity(self.storage.size).isGreaterThan(quantity('0'))",
    message: 'storage.size must be more than 0, such as 10Gi',
  },
];

export const release = z
  .string()
  .max(8)
  .regex(/^[0-9]{4}\.[12]$/)
  .default('2025.1')
  .describe('OpenStack release of the image, where its tag does not begin with one (a digest, for instance).');

/** A reference to another resource of the same namespace, by name. */
export function ref(kind: string, standard: string) {
  return z
    .string()
    .min(1)
    .max(32)
    .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/)
    .default(standard)
    .describe(`Name of the ${kind} in this namespace.`);
}

export const database = z
  .strictObject({
    secretName: objectName
      .optional()
      .describe(
        'A Secret of yours with the password of the database user under the key `password`. Default: one is made.',
      ),
  })
  .prefault({})
  .describe('The database user of this service.');

/** Settings of the service’s own configuration files, set over what the operator renders. */
export function extraConfig<const F extends string>(files: readonly [F, ...F[]]) {
  return z
    .array(
      z.strictObject({
        file: z.enum(files).describe('Which file.'),
        section: z
          .string()
          .min(1)
          .max(64)
          .regex(/^[A-Za-z][A-Za-z0-9_.:-]*$/)
          .describe('Section, such as DEFAULT.'),
        key: z
          .string()
          .min(1)
          .max(64)
          .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/)
          .describe('Option, such as debug.'),
        value: z
          .string()
          .max(1024)
          .regex(/^[^\r\n\x00]*$/)
          .describe('Its value, on one line.'),
      }),
    )
    .max(64)
    .default([])
    .describe('Options set over those that the operator renders. Credentials and commands are refused.');
}

export const extraConfigRules: readonly Rule[] = [
  {
    rule: "self.extraConfig.all(e, !e.key.matches('(?i)(password|secret|token$|credential|^connection$|_connection$|transport_url|helper|_command$|^command)'))",
    message: 'extraConfig may not set credentials, connections or commands: use the fields and Secrets for them',
  },
];

/** One default for all `spec.deletionPolicy` and friends, and the rule on names that every kind has. */
export const nameRule: Rule = {
  rule: "self.metadata.name.size() <= 32 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
  message: 'metadata.name must begin with a letter, have only a-z, 0-9 and -, and at most 32 characters',
};
