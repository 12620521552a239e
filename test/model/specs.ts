import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { KubeObject } from '../../src/kube/object.ts';
import type { Child } from '../../src/machines/engine/child.ts';
import { defineKind, GROUP, VERSION, type Kind } from '../../src/machines/engine/kind.ts';
import { parse } from '../../src/runtime/reconcile.ts';
import { barrenScope } from './observed.ts';

type Spec = Readonly<Record<string, unknown>>;

/** A resource as a user writes it: as its sample has it, or with the least that is asked for, and with this besides. */
export function crFor(kind: Kind, namespace: string, name: string, spec: Spec = {}): KubeObject {
  const base = sampleOf(kind) ?? kind.declaration.minimal ?? {};
  return {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: kind.declaration.kind,
    metadata: { namespace, name },
    spec: merged(base, spec),
  };
}

const samples = join(import.meta.dirname, '..', '..', 'samples');

/** The spec of `samples/<kind>.yaml`, where there is one. */
function sampleOf(kind: Kind): Spec | undefined {
  const file = join(samples, `${kind.declaration.kind.toLowerCase()}.yaml`);
  if (!existsSync(file)) return undefined;
  return (parseYaml(readFileSync(file, 'utf8')) as { spec?: Spec }).spec ?? {};
}

/** What resources of other kinds this one uses, with default fields. */
export function peersOf(kind: Kind, kinds: readonly Kind[]): { use: string; kind: Kind; name: string }[] {
  const scope = barrenScope(kind, crFor(kind, 'default', 'probe'));
  return Object.keys(kind.plan.uses ?? {}).map((use) => {
    const peer = scope.peer(use);
    const found = kinds.find((candidate) => candidate.declaration.kind === peer.kind);
    if (found === undefined) throw new Error(`${kind.declaration.kind} uses ${peer.kind}, which is no kind here`);
    return { use, kind: found, name: peer.name };
  });
}

/** The kind of the resources that a child stands for; undefined where it is none of ours. */
export function kindOf(child: Child<unknown>, kinds: readonly Kind[]): Kind | undefined {
  return kinds.find(({ type }) => type === child.type);
}

/** The name of the resource under test. */
export function nameFor(kind: Kind): string {
  const { kind: name, longestName = 32 } = kind.declaration;
  return name.length <= longestName ? name.toLowerCase() : 'cloud';
}

/** Whether a resource of this kind says what becomes of its data. */
export function hasDeletionPolicy(kind: Kind): boolean {
  return Object.hasOwn(kind.declaration.spec.shape, 'deletionPolicy');
}

/** The merge patch of a spec, and the one that takes it back, with which the child asks for the object called `name`. */
export function naming(
  kind: Kind,
  child: Child<unknown>,
  name: string,
): { readonly set: object; readonly unset: object; readonly field: string } | undefined {
  for (const path of textFields(z.toJSONSchema(kind.declaration.spec, { io: 'input' }) as Schema)) {
    const set = nested(path, name);
    const cr = crFor(kind, 'default', 'probe', set);
    if (typeof parse(kind, cr) === 'string') continue;
    const asks = child.foreign?.(barrenScope(kind, cr)).some(({ ref }) => ref.name === name);
    if (asks === true) return { set, unset: nested(path, null), field: path.join('.') };
  }
  return undefined;
}

interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

function textFields(schema: Schema, path: readonly string[] = []): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    field.type === 'string' ? [[...path, name]] : textFields(field, [...path, name]),
  );
}

/** Both, the second where they differ. */
export function merged(one: object, other: object): Spec {
  const next: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    next[name] = isObject(value) && isObject(next[name]) ? merged(next[name], value) : value;
  }
  return next;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function nested(path: readonly string[], value: unknown): Spec {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Spec;
}

/**
 * A kind that does nothing but refer to one of this kind, so that each can be referred to, whether or not a kind of the
 * operator does so yet.
 */
export function referrerOf(kind: Kind): Kind {
  return defineKind(
    {
      kind: 'Referrer',
      plural: 'referrers',
      about: 'Refers to another resource.',
      spec: z.strictObject({ target: z.string().min(1).max(63).default(nameFor(kind)) }),
    },
    { version: 1, uses: { target: { kind: kind.declaration.kind, ref: (spec) => spec.target } }, steps: {} },
  );
}
