import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Target } from './http.ts';
import { schemas } from './schemas.ts';

/** Runs with the project's own kinds on the server, and with those that the scenarios want; the latter go afterwards. */
export async function withDefinitions<T>(target: Target, run: () => Promise<T>): Promise<T> {
  const temporary = Object.entries(schemas).map(([kind, { schema, ...rest }]) => definitionOf(kind, schema, rest));
  for (const definition of [...own(), ...temporary]) await install(target, definition);
  try {
    return await run();
  } finally {
    for (const { metadata } of temporary)
      await target.send({ method: 'DELETE', path: `${PATH}/${metadata.name}`, headers: {} });
  }
}

export interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

export const GROUP = 'contract.example.com';

/** A CustomResourceDefinition of one version, with the status subresource unless `more` says otherwise. */
export function definitionOf(kind: string, schema: object, more: object = {}, group = GROUP, scope = 'Namespaced') {
  const plural = `${kind.toLowerCase()}s`;
  const version = {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: schema },
    ...more,
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names: { plural, kind }, versions: [version] },
  };
}

const PATH = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

function own(): Definition[] {
  const folder = new URL('../../crds/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name !== 'kustomization.yaml');
  return files.map((name) => parse(readFileSync(new URL(name, folder), 'utf8')) as Definition);
}

/** As it is now in the tree, whatever was there before. A server that refuses it fails in the scenarios. */
async function install(target: Target, definition: Definition): Promise<void> {
  const { name } = definition.metadata;
  const headers = { 'Content-Type': 'application/json' };
  const created = await target.send({ method: 'POST', path: PATH, headers, body: JSON.stringify(definition) });
  if (created.status === 409) {
    const body = JSON.stringify({ spec: definition.spec });
    await target.send({
      method: 'PATCH',
      path: `${PATH}/${name}`,
      headers: { 'Content-Type': 'application/merge-patch+json' },
      body,
    });
  } else if (created.status !== 201) {
    console.error(`${target.name} does not take ${name}: ${created.status} ${created.text.slice(0, 500)}`);
    return;
  }
  const { group, names, versions } = definition.spec;
  const list = `/apis/${group}/${versions[0]!.name}/${names.plural}`;
  const last = Date.now() + target.patienceMs;
  while ((await target.send({ method: 'GET', path: list, headers: {} })).status !== 200 && Date.now() < last)
    await pause(50);
}
