import type { KubeObject } from '../../kube/object.ts';
import { recordAt, recordsAt, type JsonObject } from '../json.ts';
import { unsupported } from '../refusal.ts';
import { NONE } from './correlation.ts';
import { type Node, nodeOf } from './node.ts';
import { checkLists } from './lists.ts';
import { checkRules, type RuleTree, ruleTreeOf } from './rules.ts';
import { type ScalePaths, scalePathsOf } from './scaling.ts';
import { checkStructure } from './structure.ts';

/** What a version of a CustomResourceDefinition demands of its objects. */
export interface ObjectSchema {
  readonly root: Node;
  readonly rules: RuleTree | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
}

/**
 * The schema of a version, compiled once for all worlds that have the same. Throws `Unsupported` where the sandbox
 * could not treat objects exactly as the API server does.
 */
export function schemaFor(definition: KubeObject, version: string): ObjectSchema {
  const known = byDefinition.get(definition);
  if (known?.version === version) return known.schema;
  const found = recordsAt(definition, 'spec', 'versions').find(({ name }) => name === version);
  if (found === undefined) throw unsupported(`version ${version} of ${definition.metadata.name}`);
  const text = JSON.stringify([found['schema'], found['subresources']]);
  let schema = byText.get(text);
  if (schema === undefined) byText.set(text, (schema = compile(found)));
  byDefinition.set(definition, { version, schema });
  return schema;
}

/** Refuses a definition with a schema that is not emulated exactly, before there are objects of it. */
export function checkSchemas(definition: KubeObject): void {
  for (const { name } of recordsAt(definition, 'spec', 'versions')) schemaFor(definition, String(name));
}

const byDefinition = new WeakMap<KubeObject, { version: string; schema: ObjectSchema }>();
const byText = new Map<string, ObjectSchema>();

function compile(version: JsonObject): ObjectSchema {
  for (const subresource of Object.keys(recordAt(version, 'subresources'))) {
    if (subresource !== 'status' && subresource !== 'scale')
      throw unsupported(`the subresource ${subresource} of custom resources`);
  }
  const source = recordAt(version, 'schema')['openAPIV3Schema'];
  const root = nodeOf(source, 'the object');
  if (root.types[0] !== 'object') throw unsupported('custom resources without a schema of an object');
  checkDefaults(root, '');
  const hasStatus = recordAt(version, 'subresources')['status'] !== undefined;
  return { root, rules: ruleTreeOf(root), hasStatus, scale: scalePathsOf(version) };
}

/** The server refuses a default that its own schema refuses, before inner defaults are filled in. */
function checkDefaults(node: Node, path: string): void {
  if (node.default !== undefined) {
    const rules = ruleTreeOf(node, false);
    const wrong = [
      ...checkStructure(node.default, NONE, node, path),
      ...checkLists(node.default, node, path),
      ...(rules === undefined ? [] : checkRules(node.default, NONE, rules).errors),
    ][0];
    if (wrong !== undefined) throw unsupported(`a default that its schema refuses: ${path}: ${wrong.message}`);
  }
  for (const [name, inner] of node.properties) checkDefaults(inner, path === '' ? name : `${path}.${name}`);
  if (node.values !== undefined) checkDefaults(node.values, `${path}.*`);
  if (node.items !== undefined) checkDefaults(node.items, `${path}[]`);
}
