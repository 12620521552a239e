import { createHash } from 'node:crypto';
import type { Served } from '../registry.ts';
import { groupsOf, inVersion, versionsOf, withCoreEvents } from './groups.ts';
import { builtinSchemas } from './openapi-builtin.ts';
import { customSchemas } from './openapi-custom.ts';
import { pathsFor } from './openapi-paths.ts';

const ROOT = '/openapi/v3';

/**
 * The OpenAPI documents: at `/openapi/v3` which there are, below it one for each group and version. They say what
 * kubectl asks of them: the fields of every kind, and which parameters a verb understands. Undefined for other paths,
 * `/openapi/v2` among them: kubectl does without.
 */
export async function openapiFor(
  path: string,
  _accept: string,
  served: readonly Served[],
): Promise<{ contentType: string; body: object } | undefined> {
  if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return undefined;
  const types = withCoreEvents(served);
  const body = path === ROOT ? await indexOf(types) : await documentAt(path.slice(ROOT.length + 1), types);
  return body && { contentType: 'application/json', body };
}

/** Where the document of each group and version is. The address changes with the content: clients keep what they read. */
async function indexOf(types: readonly Served[]): Promise<object> {
  const paths: Record<string, object> = {};
  for (const group of ['', ...groupsOf(types)]) {
    for (const version of versionsOf(types, group)) {
      const { hash } = await documentFor(group, version, inVersion(types, group, version));
      const path = group === '' ? `api/${version}` : `apis/${group}/${version}`;
      paths[path] = { serverRelativeURL: `${ROOT}/${path}?hash=${hash}` };
    }
  }
  return { paths };
}

async function documentAt(path: string, types: readonly Served[]): Promise<object | undefined> {
  const [, core, group = '', named] = /^(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(path) ?? [];
  const version = core ?? named;
  if (version === undefined) return undefined;
  const found = inVersion(types, group, version);
  return found.length === 0 ? undefined : (await documentFor(group, version, found)).body;
}

interface Document {
  readonly of: readonly Served[];
  readonly body: object;
  readonly hash: string;
}

// One for each address; a definition that changes makes a new one.
const DOCUMENTS = new Map<string, Document>();

async function documentFor(group: string, version: string, found: readonly Served[]): Promise<Document> {
  const key = `${group}/${version}`;
  const known = DOCUMENTS.get(key);
  if (known?.of.length === found.length && found.every((served, i) => isSame(served, known.of[i]))) return known;
  const custom = found.filter((served) => served.custom);
  const schemas = {
    ...(await builtinSchemas(found.filter((served) => !served.custom).map(({ type }) => type))),
    ...(custom.length === 0 ? {} : await customSchemas(custom)),
  };
  const body = {
    openapi: '3.0.0',
    info: { title: 'Sandbox', version: '1.36' },
    paths: Object.assign({}, ...found.map(pathsFor)) as object,
    components: { schemas },
  };
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex').toUpperCase();
  const document = { of: found, body, hash };
  DOCUMENTS.set(key, document);
  return document;
}

function isSame(a: Served, b: Served | undefined): boolean {
  return a.type === b?.type && a.definition === b.definition;
}
