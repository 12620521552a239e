import { parse as parseYaml, YAMLParseError } from 'yaml';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/object.ts';
import { isRecord, type JsonObject } from '../json.ts';
import { badRequest, invalidFor, Refusal, Unreadable } from '../refusal.ts';
import type { Served } from '../registry.ts';
import { duplicates, goRecord } from './go-json.ts';
import { mediaTypeOf } from './request.ts';

export interface Body {
  readonly contentType: string | undefined;
  readonly text: string;
}

/** The object in the body of a create or replace. What the body leaves out of its type is that of the request. */
export function objectIn(body: Body, asked: ResourceType, served: Served, warn: Warn, isStrict: boolean): KubeObject {
  const value = recordIn(body, asked);
  const again = mediaTypeOf(body.contentType) === 'application/yaml' ? [] : duplicates(body.text);
  const told = again.map((path) => `duplicate field "${path}"`);
  if (isStrict && told.length > 0) throw new Unreadable(asked, `strict decoding error: ${told.join(', ')}`);
  told.forEach(warn);
  if (served.custom) checkCustomType(value, asked, body.text);
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {};
  return {
    ...value,
    apiVersion: value['apiVersion'] ?? apiVersionOf(asked),
    kind: value['kind'] ?? asked.kind,
    metadata: { ...metadata },
  } as unknown as KubeObject;
}

/** What an apply sends: YAML, or JSON, which is YAML too. */
export function configIn({ text }: Body, asked: ResourceType, isStrict: boolean): KubeObject {
  let value: unknown;
  try {
    value = parseYaml(text, { maxAliasCount: 100, uniqueKeys: isStrict }) as unknown;
  } catch (error) {
    throw badRequest(yamlError(error, text));
  }
  if (value !== null && !isRecord(value)) {
    const sort = Array.isArray(value) ? 'array' : typeof value;
    const why = `json: cannot unmarshal ${sort} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  const config = (value ?? {}) as Partial<KubeObject>;
  const { apiVersion = '', kind = '' } = config;
  if (apiVersion !== apiVersionOf(asked) || kind !== asked.kind) {
    const version = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`invalid object type: ${version}, Kind=${kind}`);
  }
  return { ...config, metadata: isRecord(config.metadata) ? config.metadata : {} } as KubeObject;
}

/** DeleteOptions; without a body there are none. */
export function deleteOptionsIn({ contentType, text }: Body): JsonObject {
  if (text.trim() === '') return {};
  checkMediaType(contentType);
  let options: JsonObject;
  try {
    options = mediaTypeOf(contentType) === 'application/yaml' ? yamlRecord(text) : goRecord(text, HEAD);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
  const { kind = 'DeleteOptions', apiVersion = 'v1' } = options as { kind?: string; apiVersion?: string };
  if (kind === 'DeleteOptions') return options;
  throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`);
}

type Warn = (warning: string) => void;

const HEAD = `struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;

function recordIn({ contentType, text }: Body, { kind }: ResourceType): JsonObject {
  checkMediaType(contentType);
  try {
    return mediaTypeOf(contentType) === 'application/yaml' ? yamlRecord(text) : goRecord(text, HEAD);
  } catch (error) {
    const why = `couldn't get version/kind; json parse error: ${messageOf(error)} (${excerpt(text)})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
  }
}

function checkMediaType(contentType: string | undefined): void {
  const mediaType = mediaTypeOf(contentType);
  if (['', 'application/json', 'application/yaml'].includes(mediaType)) return;
  if (mediaType.startsWith('application/vnd.kubernetes.protobuf') || mediaType.startsWith('application/cbor')) {
    const why = `the sandbox does not read ${mediaType}: write the object to a file and use kubectl apply -f`;
    throw new Refusal('Unsupported', why, 415, undefined, 'UnsupportedMediaType');
  }
  const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
  const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  throw new Refusal('Unsupported', why, 415, undefined, 'UnsupportedMediaType');
}

/** A custom resource has to say what it is. */
function checkCustomType(value: JsonObject, asked: ResourceType, text: string): void {
  const { kind, apiVersion, metadata } = value as Partial<KubeObject>;
  if (kind === undefined || kind === '') {
    const why = `Object 'Kind' is missing in '${text}' (${excerpt(text)})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${asked.kind}): ${why}`);
  }
  const expected = apiVersionOf(asked);
  if (apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${apiVersion ?? ''}) does not match the expected API version (${expected})`,
    );
  }
  if (kind === asked.kind) return;
  const message = `Invalid value: ${JSON.stringify(kind)}: must be ${asked.kind}`;
  throw invalidFor({ ...asked, kind }, metadata?.name ?? '', [{ field: 'kind', message }]);
}

function yamlRecord(text: string): JsonObject {
  const value = parseYaml(text, { maxAliasCount: 100 }) as unknown;
  if (value === null) return {};
  if (!isRecord(value)) throw new SyntaxError('it is no object');
  return value;
}

/** As much of a body as a message shows of it. */
function excerpt(text: string): string {
  if (text === '') return '<empty>';
  return text.startsWith('{') ? text.slice(0, 1024) : Buffer.from(text).toString('hex').slice(0, 2048);
}

/** In the words of the server's YAML reader, as far as they are known. */
function yamlError(error: unknown, text: string): string {
  const prefix = 'error converting YAML to JSON: yaml:';
  if (!(error instanceof YAMLParseError)) return `error decoding YAML: ${messageOf(error)}`;
  const line = error.linePos?.[0].line ?? 1;
  if (error.code === 'DUPLICATE_KEY') {
    const key = text.split('\n')[line - 1]?.split(':')[0]?.trim() ?? '';
    return `error strict decoding YAML: ${prefix} unmarshal errors:\n  line ${line}: key "${key}" already set in map`;
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') {
    return `error decoding YAML: ${prefix} mapping values are not allowed in this context`;
  }
  return `error decoding YAML: ${prefix} line ${line}: did not find expected node content`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
