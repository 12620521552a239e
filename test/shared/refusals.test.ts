import { describe, expect, it } from 'vitest';
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { kinds } from '../../src/machines/index.ts';
import { mergePatch } from '../../src/sandbox/json.ts';
import { admitCustom } from '../../src/sandbox/schema/custom.ts';
import {
  type Admission,
  admissions,
  admittedChanges,
  blocks,
  definitionOf,
  kindOf,
  neverGiven,
  refusals,
  refusedChanges,
  resourceOf,
} from '../api/refusals.ts';
import { isAt, pathsIn, placesOf, schemaOf } from '../api/refusals/places.ts';

/** The rows that a real API server is asked in test/api, asked of the sandbox. */
it.each(refusals)('$kind › refuses $what', ({ field, says, ...row }) => {
  expect(told(() => admit(row))).toContainEqual({ field, message: expect.stringContaining(says) });
});

it.each(refusedChanges)('$kind › refuses $what', ({ field, says, patch, ...row }) => {
  const old = admit(row);
  expect(told(() => change(old, patch))).toContainEqual({ field, message: expect.stringContaining(says) });
});

it.each(admissions)('$kind › admits $what, and the operator reads it', (row) => {
  const { spec } = admit(row);
  expect(kindOf(row).declaration.spec.parse(spec)).toEqual(spec);
});

it.each(admittedChanges)('$kind › admits $what, and lets other fields change', ({ patch, ...row }) => {
  expect(change(admit(row), patch)['spec']).toMatchObject(patch);
});

describe.each(kinds.map((kind) => kind.type))('$kind', ({ kind }) => {
  const rows = [...refusals, ...refusedChanges].filter((row) => row.kind === kind);
  const places = placesOf(definitionOf(kind));

  it('has a refused resource for every bound of every field', () => {
    const isShown = (path: string, complaint: string): boolean =>
      rows.some((row) => isAt(row.field, path) && row.says.includes(complaint));
    const missing = places.flatMap(({ path, complaints }) =>
      complaints.filter((complaint) => !isShown(path, complaint)).map((complaint) => `${path}: ${complaint}`),
    );
    expect(missing).toEqual([]);
  });

  it('has a refused resource for every rule', () => {
    const isShown = (path: string, message: string): boolean =>
      rows.some((row) => isAt(row.field, path) && message.includes(row.says));
    const missing = places.flatMap(({ path, messages }) =>
      messages.filter((message) => !isShown(path, message)).map((message) => `${path}: ${message}`),
    );
    expect(missing).toEqual([]);
  });

  it('has an admitted resource for every field, but for those that this version takes no value for', () => {
    const given = admissions.filter((row) => row.kind === kind).flatMap((row) => pathsIn(row.spec ?? {}, 'spec'));
    const fields = places.filter(({ path, isGiven }) => isGiven && path.startsWith('spec.'));
    const missing = fields.filter(({ path }) => !given.some((at) => isAt(at, path))).map(({ path }) => path);
    const never = neverGiven.filter((one) => one.kind === kind).map(({ path }) => path);
    expect(missing.toSorted()).toEqual(never.toSorted());
  });
});

it.each(Object.entries(blocks))('OpenStackControlPlane › holds its block %s to every rule of a %s', (name, kind) => {
  const block = schemaOf(definitionOf('OpenStackControlPlane')).properties?.['spec']?.properties?.[name];
  const its = (block?.['x-kubernetes-validations'] ?? []).map(({ rule }) => rule);
  const rules = schemaOf(definitionOf(kind)).properties?.['spec']?.['x-kubernetes-validations'] ?? [];
  const fieldsIn = (rule: string): string[] => [...rule.matchAll(/[sS]elf\.(\w+)/g)].map(([, field = '']) => field);
  const dropped = rules.filter(({ rule }) => !its.includes(rule));
  // One that speaks only of what the control plane decides has nothing left to say.
  expect(dropped.filter(({ rule }) => fieldsIn(rule).some((field) => field in (block?.properties ?? {})))).toEqual([]);
});

function admit(row: Omit<Admission, 'what'>): KubeObject {
  const { type } = kindOf(row);
  return admitCustom(definitionOf(row.kind), type, resourceOf(row), undefined, { fieldValidation: 'Strict' }).object;
}

function change(old: KubeObject, spec: object): KubeObject {
  const { type } = kindOf(old);
  return admitCustom(definitionOf(old.kind), type, mergePatch(old, { spec }) as KubeObject, old).object;
}

/** Field by field; a field that is unknown is named in the message alone. */
function told(run: () => unknown): readonly { field: string; message: string }[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.reason === 'Invalid') return error.causes.map(({ field, message }) => ({ field, message }));
    return [...error.message.matchAll(/unknown field "(.+?)"/g)].map(([message, field = '']) => ({ field, message }));
  }
  return expect.unreachable('it was admitted');
}
