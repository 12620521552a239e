import { expect, it } from 'vitest';
import { ApiError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { crdFor } from '../../src/machines/engine/crd.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { kinds } from '../../src/machines/index.ts';
import { mergePatch } from '../../src/sandbox/json.ts';
import { admitCustom } from '../../src/sandbox/schema/custom.ts';
import { admissions, growth, refusals, refusedChanges } from '../api/refusals.ts';

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
  expect(kindOf(row.kind).declaration.spec.parse(spec)).toEqual(spec);
});

it('MariaDB › lets its volume grow and its other fields change', () => {
  expect(change(admit(growth), growth.patch)['spec']).toMatchObject(growth.patch);
});

function admit({ kind, metadata, spec }: { kind: string; metadata?: object; spec: object }): KubeObject {
  const { type } = kindOf(kind);
  const named = { namespace: 'default', name: 'cr', ...metadata };
  const object = { apiVersion: `${type.group}/${type.version}`, kind, metadata: named, spec };
  return admitCustom(crdFor(kindOf(kind)), type, object, undefined, { fieldValidation: 'Strict' }).object;
}

function change(old: KubeObject, spec: object): KubeObject {
  const kind = kindOf(old.kind);
  return admitCustom(crdFor(kind), kind.type, mergePatch(old, { spec }) as KubeObject, old).object;
}

function kindOf(name: string): Kind {
  const kind = kinds.find((candidate) => candidate.type.kind === name);
  if (kind === undefined) throw new Error(`there is no kind ${name}`);
  return kind;
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
  throw new Error('it was admitted');
}
