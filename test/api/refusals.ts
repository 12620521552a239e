import type { KubeObject } from '../../src/kube/object.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import { type Field, merged, type Mistake, type WrongChange } from './refusals/field.ts';
import { ownOf } from './refusals/kinds.ts';
import { schemaOf } from './refusals/places.ts';
import { extraConfig, inEvery, inNames, shared } from './refusals/shared.ts';

/** A resource that the API server must refuse. */
export type Refusal = Mistake & { readonly kind: string };

/** A change that the API server must refuse. */
export type RefusedChange = WrongChange & { readonly kind: string };

/** A resource that must be admitted, and read by the operator as it is stored. */
export interface Admission {
  readonly what: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly spec?: object | null;
}

/** A change that must be admitted. */
export interface AdmittedChange extends Admission {
  readonly spec: object;
  readonly patch: object;
}

/** The blocks of the control plane, and the kinds whose fields they have. */
export const blocks: Readonly<Record<string, string>> = {
  mariadb: 'MariaDB',
  rabbitmq: 'RabbitMQ',
  memcached: 'Memcached',
  ovnNetwork: 'OVNNetwork',
  keystone: 'Keystone',
  glance: 'Glance',
  placement: 'Placement',
  neutron: 'Neutron',
  nova: 'Nova',
};

const controlPlane = 'OpenStackControlPlane';

const definitions = new Map(kinds.map((kind) => [kind.type.kind, crdFor(kind)]));

/** The definition of a kind, always the same object: what is made of it is made once. */
export function definitionOf(kind: string): KubeObject {
  const found = definitions.get(kind);
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found;
}

export function kindOf({ kind }: { readonly kind: string }): Kind {
  const found = kinds.find((candidate) => candidate.type.kind === kind);
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found;
}

/** The resource of a row, as it is sent. */
export function resourceOf(
  { kind, metadata, spec }: Omit<Admission, 'what'>,
  placed: { readonly name?: string; readonly namespace?: string } = {},
): KubeObject {
  const { group, version } = kindOf({ kind }).type;
  return {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { namespace: 'default', name: 'cr', ...placed, ...metadata },
    ...(spec === undefined ? {} : { spec }),
  };
}

/** What is known of each field of a kind; nothing of one that the tables do not know, which a test then tells. */
function fieldsOf(kind: string): Record<string, Field> {
  const own = ownOf[kind]?.fields ?? {};
  const of = (name: string): Field => {
    if (name === 'extraConfig' && own[name] === undefined) return extraConfig(...configFilesOf(kind));
    const block = kind === controlPlane ? blocks[name] : undefined;
    return own[name] ?? (block === undefined ? shared[name] : blockOf(name, block)) ?? { mistakes: [] };
  };
  return Object.fromEntries(namesIn(kind, 'spec').map((name) => [name, of(name)]));
}

/** The files that `extraConfig` of a kind may name. */
function configFilesOf(kind: string): readonly [string, ...string[]] {
  const { extraConfig: found } = schemaOf(definitionOf(kind)).properties?.['spec']?.properties ?? {};
  const [first, ...others] = found?.items?.properties?.['file']?.enum ?? [];
  if (first === undefined) throw new Error(`extraConfig of ${kind} is of no file`);
  return [first, ...others];
}

/** Names of the fields of an object. */
function namesIn(kind: string, ...path: readonly string[]): string[] {
  const schema = path.reduce((found, name) => found.properties?.[name] ?? {}, schemaOf(definitionOf(kind)));
  return Object.keys(schema.properties ?? {});
}

/** A kind's fields as a field of the control plane: the same one deeper, and a mistake each of those it decides itself. */
function blockOf(name: string, kind: string): Field {
  const has = namesIn(controlPlane, 'spec', name);
  const fields = Object.entries(fieldsOf(kind));
  const decided = fields.filter(([field]) => !has.includes(field)).map(([field]) => field);
  const kept = merged(Object.fromEntries(fields.filter(([field]) => has.includes(field))));
  const deeper = <T extends { readonly what: string; readonly spec?: object | null }>(row: T) => ({
    ...row,
    what: `${name}: ${row.what}`,
    spec: { [name]: row.spec },
  });
  const within = ({ field, ...row }: Mistake): Mistake => ({
    ...deeper(row),
    field: field.replace(/^spec/, `spec.${name}`),
  });
  // Given here, it would be a second OVN beside the block `ovnNetwork`.
  const values = (of: unknown): object =>
    Object.fromEntries(Object.entries(of as object).filter(([field]) => field !== 'ovnRef'));
  return {
    mistakes: [
      ...[...inEvery, ...kept.mistakes, ...(ownOf[kind]?.mistakes ?? [])].map(within),
      ...decided.map((field) => ({
        what: `${name}: ${field}, which the control plane decides`,
        spec: { [name]: { [field]: 'other' } },
        field: `spec.${name}.${field}`,
        says: 'unknown field',
      })),
    ],
    changes: kept.changes.map(({ patch, ...row }) => ({
      ...within(row),
      spec: { [name]: row.spec },
      patch: { [name]: patch },
    })),
    full: values(kept.full),
    edge: values(kept.edge),
    takes: kept.takes.map(deeper),
    grows: kept.grows.map(({ patch, ...row }) => ({ ...deeper(row), patch: { [name]: patch } })),
    never: kept.never.map((path) => `${name}.${path}`),
  };
}

/** All that is known of each kind. */
const known = kinds.map(({ type: { kind } }) => {
  const { longestName = 32, minimal = {}, mistakes = [], takes = [] } = ownOf[kind] ?? { fields: {} };
  const of = merged(fieldsOf(kind));
  /** On what the kind demands at least; what is no object stays what it is. */
  const completed = <T extends { readonly spec?: object | null }>({ spec, ...row }: T) => ({
    ...row,
    kind,
    ...(spec === undefined ? {} : { spec: spec === null || Array.isArray(spec) ? spec : { ...minimal, ...spec } }),
  });
  return { kind, longestName, minimal, of, mistakes, takes, completed };
});

export const refusals: readonly Refusal[] = known.flatMap(({ of, longestName, mistakes, completed }) =>
  [...inNames(longestName), ...inEvery, ...of.mistakes, ...mistakes].map(completed),
);

export const refusedChanges: readonly RefusedChange[] = known.flatMap(({ kind, of, minimal }) =>
  of.changes.map((row) => ({ ...row, kind, spec: { ...minimal, ...row.spec } })),
);

/** The rows of a kind together give every field there is. */
export const admissions: readonly Admission[] = known.flatMap(({ kind, of, longestName, takes, completed }) => {
  const mayBeLeftOut = schemaOf(definitionOf(kind)).required?.includes('spec') !== true;
  const names = [`a${'0'.repeat(longestName - 1)}`, 'a', 'a-0'];
  return [
    ...(mayBeLeftOut ? [{ what: 'no spec' }, { what: 'null as spec', spec: null }] : []),
    ...names.map((name) => ({ what: `the name ${name}`, metadata: { name }, spec: {} })),
    { what: 'an empty spec', spec: {} },
    { what: 'every field', spec: of.full as object },
    { what: 'every bound met', spec: of.edge as object },
    ...of.takes,
    ...takes,
  ].map(completed);
});

export const admittedChanges: readonly AdmittedChange[] = known.flatMap(({ kind, of, minimal }) =>
  of.grows.map((row) => ({ ...row, kind, spec: { ...minimal, ...row.spec } })),
);

/** Fields for which this version takes no value: no admitted resource has them. */
export const neverGiven: readonly { readonly kind: string; readonly path: string }[] = known.flatMap(({ kind, of }) =>
  of.never.map((path) => ({ kind, path: `spec.${path}` })),
);
