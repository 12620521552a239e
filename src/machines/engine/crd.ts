import { z } from 'zod';
import type { KubeObject } from '../../kube/object.ts';
import { nameRuleFor } from '../parts/spec.ts';
import { GROUP, VERSION, type Column, type Kind, type Rule } from './kind.ts';

type Schema = Record<string, unknown>;

/**
 * The CustomResourceDefinition of a kind. Throws where the API server would refuse it, or where a leaf of the spec has
 * no bound: a mistake in our declaration.
 */
export function crdFor(kind: Kind): KubeObject {
  const { declaration, type } = kind;
  const { kind: name, plural } = declaration;
  const spec = structural(toSchema(declaration.spec), `${name}.spec`, true);
  const own =
    declaration.status === undefined
      ? {}
      : propertiesOf(structural(toSchema(declaration.status), `${name}.status`, true));
  const rules = declaration.rules ?? [];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GROUP}`,
      annotations: {
        // The group ends in k8s.io: without this a kube-apiserver refuses it.
        'api-approved.kubernetes.io': 'unapproved, an operator outside the Kubernetes project',
      },
      labels: { 'app.kubernetes.io/part-of': 'openstack-operator' },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: name,
        listKind: `${name}List`,
        plural,
        singular: name.toLowerCase(),
        categories: ['openstack'],
        ...(declaration.shortNames === undefined ? {} : { shortNames: declaration.shortNames }),
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columnsFor(declaration.columns ?? []),
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: declaration.about,
              properties: {
                apiVersion: { type: 'string' },
                kind: { type: 'string' },
                metadata: { type: 'object', properties: { name: { type: 'string' } } },
                spec: {
                  ...spec,
                  // Whole, with every inner default: the rules are checked on it before those are filled in.
                  ...(declaration.minimal === undefined ? { default: declaration.spec.parse({}) } : {}),
                  description: `What is wanted of this ${type.kind}.`,
                  ...validations(rules),
                },
                status: statusSchema(own),
              },
              ...(declaration.minimal === undefined ? {} : { required: ['spec'] }),
              'x-kubernetes-validations': [{ ...nameRuleFor(declaration.longestName), fieldPath: '.metadata.name' }],
            },
          },
        },
      ],
    },
  };
}

function columnsFor(extra: readonly Column[]): object[] {
  const text = (name: string, jsonPath: string, priority: 0 | 1 = 0) => ({ name, jsonPath, type: 'string', priority });
  return [
    text('Ready', '.status.conditions[?(@.type=="Ready")].status'),
    text('State', '.status.state'),
    text('Waiting-For', '.status.waitingFor'),
    ...extra.map((column) => text(column.name, column.jsonPath, column.priority)),
    { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date', priority: 0 },
  ];
}

/** A rule that speaks of `oldSelf` applies to updates only; the API server sees that by itself. */
function validations(rules: readonly Rule[]): object {
  return rules.length === 0
    ? {}
    : { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) };
}

function toSchema(schema: z.ZodObject): Schema {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as Schema;
}

/** Makes a schema structural: what Kubernetes does not know is taken out, what it refuses is an error. */
function structural(schema: Schema, path: string, bounded: boolean): Schema {
  if ('$ref' in schema || 'oneOf' in schema || 'anyOf' in schema || 'allOf' in schema) {
    throw new Error(`${path}: a CRD cannot have this union or recursion; write one object and rules`);
  }
  const { properties, items, additionalProperties, required, propertyNames: _, ...rest } = schema;
  const out: Schema = { ...rest };
  delete out['$schema'];
  if (typeof out['pattern'] === 'string' && /\(\?[=!<]/.test(out['pattern'])) {
    throw new Error(`${path}: the pattern has a look-around, which RE2 does not know`);
  }
  switch (out['type']) {
    case 'object': {
      if (properties !== undefined) {
        out['properties'] = Object.fromEntries(
          Object.entries(properties as Record<string, Schema>).map(([name, value]) => [
            name,
            structural(value, `${path}.${name}`, bounded),
          ]),
        );
        if (Array.isArray(required) && required.length > 0) out['required'] = required;
      } else if (typeof additionalProperties === 'object' && additionalProperties !== null) {
        out['additionalProperties'] = structural(additionalProperties as Schema, `${path}.*`, bounded);
        if (bounded && out['maxProperties'] === undefined) throw new Error(`${path}: a map needs maxProperties`);
      }
      break;
    }
    case 'array':
      if (bounded && out['maxItems'] === undefined) throw new Error(`${path}: a list needs maxItems`);
      out['items'] = structural(items as Schema, `${path}[]`, bounded);
      break;
    case 'string':
      if (bounded && out['maxLength'] === undefined && out['enum'] === undefined)
        throw new Error(`${path}: a text needs maxLength`);
      break;
    case 'integer':
    case 'number':
      if (bounded && (out['maximum'] === undefined || out['minimum'] === undefined))
        throw new Error(`${path}: a number needs bounds`);
      break;
    case 'boolean':
      break;
    default:
      throw new Error(`${path}: no type`);
  }
  return out;
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  return (schema['properties'] ?? {}) as Record<string, Schema>;
}

/** The part of the status that every kind has. */
function statusSchema(own: Record<string, Schema>): Schema {
  const text = (description: string) => ({ type: 'string', description });
  const texts = { type: 'object', additionalProperties: { type: 'string' } };
  const condition = {
    type: 'object',
    required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
    properties: {
      type: { type: 'string', maxLength: 316 },
      status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
      reason: { type: 'string', minLength: 1, maxLength: 1024 },
      message: { type: 'string', maxLength: 32768 },
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    },
  };
  const passage = {
    type: 'object',
    properties: { at: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, why: { type: 'string' } },
  };
  return {
    type: 'object',
    description: 'What was observed; written by the operator only.',
    properties: {
      conditions: {
        type: 'array',
        maxItems: 32,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['type'],
        items: condition,
      },
      observedGeneration: {
        type: 'integer',
        format: 'int64',
        description: 'The generation of the spec that was looked at last.',
      },
      state: text('Where the machine is.'),
      waitingFor: text('The first thing that stands between this resource and Ready.'),
      ...own,
      machine: {
        type: 'object',
        description: 'What the state machine needs to go on from here. Taken away, it is found again.',
        properties: {
          version: { type: 'integer', format: 'int32' },
          state: { type: 'string' },
          since: { type: 'string' },
          retryAt: { type: 'string' },
          attempts: {
            type: 'object',
            additionalProperties: {
              type: 'object',
              properties: { key: { type: 'string' }, failures: { type: 'integer', format: 'int32' } },
            },
          },
          record: {
            type: 'object',
            properties: {
              owner: { type: 'string' },
              dataID: { type: 'string' },
              release: { type: 'string' },
              jobs: { type: 'object', additionalProperties: texts },
              settled: texts,
              digests: texts,
              volumes: texts,
              answers: texts,
              handled: texts,
            },
          },
          history: { type: 'array', maxItems: 20, items: passage },
        },
      },
    },
  };
}
