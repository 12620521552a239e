import type { KubeObject } from '../../kube/object.ts';
import { isRecord } from '../json.ts';
import { type FieldError, invalidValue } from './field-error.ts';

/** What is wrong with the metadata of a new custom resource. Its namespace is checked where it is looked up. */
export function checkNewMetadata(metadata: KubeObject['metadata']): FieldError[] {
  const { name, generateName } = metadata as KubeObject['metadata'] & { generateName?: string };
  return [
    ...(generateName === undefined || generateName === ''
      ? []
      : checkName(generateName.replace(/-$/, 'a'), generateName)),
    ...subdomainFaults(name).map((fault) => invalidValue('metadata.name', name, fault)),
    ...checkCommon(metadata),
    ...checkFinalizers(metadata),
  ];
}

/** The same of a built-in kind, whose finalizers have to be qualified; the server looks more than once at a change. */
export function checkBuiltInMetadata(metadata: KubeObject['metadata'], old?: KubeObject['metadata']): FieldError[] {
  if (metadata === old) return [];
  const finalizers = (metadata.finalizers ?? []).flatMap((text, i) =>
    text.includes('/') || STANDARD.has(text)
      ? []
      : [
          invalidValue(
            `metadata.finalizers[${i}]`,
            text,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
  const common = checkCommon(metadata);
  if (old === undefined) {
    const names = subdomainFaults(metadata.name).map((fault) => invalidValue('metadata.name', metadata.name, fault));
    return [...names, ...common, ...finalizers];
  }
  return [...common, ...finalizers, ...common, ...common, ...common, ...finalizers];
}

/** What is wrong with the metadata that a write leaves. */
export function checkMetadata(metadata: KubeObject['metadata'], old: KubeObject['metadata']): FieldError[] {
  if (metadata === old) return [];
  const common = checkCommon(metadata);
  // The server looks three times, and tells each time.
  return [...common, ...checkFinalizers(metadata), ...common, ...common];
}

function checkFinalizers({ finalizers = [] }: KubeObject['metadata']): FieldError[] {
  return finalizers.flatMap((text) =>
    qualifiedNameFaults(text).map((fault) => invalidValue('metadata.finalizers', text, fault)),
  );
}

/** Labels and annotations that are no texts: the server cannot even read them. */
export function unreadableMetadata({ labels, annotations }: KubeObject['metadata']): string | undefined {
  for (const [field, map] of Object.entries({ labels, annotations })) {
    for (const value of Object.values((map ?? {}) as Record<string, unknown>)) {
      if (typeof value === 'string' || value === null) continue;
      const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
      return `json: cannot unmarshal ${what} into Go struct field ObjectMeta.${field} of type string`;
    }
  }
  return undefined;
}

/** What the server warns of, and lets pass, in finalizers that were not there before. */
export function finalizerWarnings(now: readonly string[] = [], before: readonly string[] = []): string[] {
  const added = [...new Set(now)].filter((text) => !before.includes(text)).sort();
  return added.flatMap((text) => {
    const warn = (what: string): string => `metadata.finalizers: "${text}": ${what}`;
    const faults = qualifiedNameFaults(text).map(warn);
    if (text.includes('/') || STANDARD.has(text)) return faults;
    const including = text.includes('.') ? ' including a path (/)' : '';
    const what = `prefer a domain-qualified finalizer name${including} to avoid accidental conflicts with other finalizer writers`;
    return [...faults, warn(what)];
  });
}

const STANDARD = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function checkName(name: string, shown: string): FieldError[] {
  return subdomainFaults(name).map((fault) => invalidValue('metadata.generateName', shown, fault));
}

function checkCommon({ labels = {}, annotations = {}, ownerReferences = [] }: KubeObject['metadata']): FieldError[] {
  const at = (field: string, value: string, faults: readonly string[]): FieldError[] =>
    faults.map((fault) => invalidValue(`metadata.${field}`, value, fault));
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...at('labels', key, qualifiedNameFaults(key)),
      ...at('labels', value, labelValueFaults(value)),
    ]),
    ...Object.keys(annotations).flatMap((key) => at('annotations', key, qualifiedNameFaults(key.toLowerCase()))),
    ...controllerFaults(ownerReferences),
    ...(ownerReferences as readonly unknown[]).flatMap((owner) =>
      (['apiVersion', 'kind', 'name', 'uid'] as const).flatMap((field) => {
        const value = isRecord(owner) ? owner[field] : undefined;
        const fault = field === 'apiVersion' ? 'version must not be empty' : 'must not be empty';
        const isEmpty = value === undefined || value === null || value === '';
        return isEmpty ? [invalidValue(`metadata.ownerReferences.${field}`, '', fault)] : [];
      }),
    ),
  ];
}

function controllerFaults(owners: NonNullable<KubeObject['metadata']['ownerReferences']>): FieldError[] {
  const [first, second] = owners.filter(({ controller }) => controller === true);
  if (first === undefined || second === undefined) return [];
  const [a, b] = [first, second].map(({ kind, name }) => `${kind}/${name}`);
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${a} and ${b}`;
  // In the order in which the server declares their fields.
  const shown = owners.map(({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }) => {
    return { apiVersion, kind, name, uid, controller, blockOwnerDeletion };
  });
  const message = `Invalid value: ${JSON.stringify(shown)}: ${why}`;
  return [{ field: 'metadata.ownerReferences', message, reason: 'FieldValueInvalid' }];
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const isSubdomain = new RegExp(`^${SUBDOMAIN}$`);
const isName = new RegExp(`^${NAME}$`);

function subdomainFaults(text: string): string[] {
  const what =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [
    ...(Buffer.byteLength(text) > 253 ? ['must be no more than 253 bytes'] : []),
    ...(isSubdomain.test(text) ? [] : [`${what} (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`]),
  ];
}

/** Of a name that is one label of a domain name; a Service's begins with a letter. */
export function labelNameFaults(name: string, isService: boolean): FieldError[] {
  const pattern = isService ? '[a-z]([-a-z0-9]*[a-z0-9])?' : LABEL;
  const what = isService
    ? "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
    : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is";
  const faults = [
    ...(Buffer.byteLength(name) > 63 ? ['must be no more than 63 bytes'] : []),
    ...(new RegExp(`^${pattern}$`).test(name) ? [] : [`${what} '${pattern}')`]),
  ];
  return faults.map((fault) => invalidValue('metadata.name', name, fault));
}

function qualifiedNameFaults(text: string): string[] {
  const parts = text.split('/');
  const characters = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${NAME}')`;
  if (parts.length > 2) {
    return [
      `a valid label key ${characters} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  return [
    ...(prefix === undefined ? [] : prefix === '' ? ['must be non-empty'] : subdomainFaults(prefix)).map(
      (fault) => `prefix part ${fault}`,
    ),
    ...(name === '' ? ['name part must be non-empty'] : []),
    ...(Buffer.byteLength(name) > 63 ? ['name part must be no more than 63 bytes'] : []),
    ...(isName.test(name) ? [] : [`name part ${characters}`]),
  ];
}

function labelValueFaults(text: string): string[] {
  const what = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${NAME})?')`;
  return [
    ...(Buffer.byteLength(text) > 63 ? ['must be no more than 63 bytes'] : []),
    ...(text === '' || isName.test(text) ? [] : [what]),
  ];
}
