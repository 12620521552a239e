import type { DeleteOptions } from '../../kube/client.ts';
import type { JsonObject } from '../json.ts';
import { badRequest, type Cause, failure, invalidOptions } from '../refusal.ts';
import type { FieldValidation } from '../schema/custom.ts';

/** What the parameters of a create, update or patch say. */
export interface WriteParameters {
  readonly manager: string | undefined;
  readonly dryRun: boolean;
  readonly force: boolean;
  readonly fieldValidation: FieldValidation;
}

/** `isApply` is only for patches. */
export function writeParameters(query: URLSearchParams, options: WriteOptions, isApply = false): WriteParameters {
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  const validation = query.get('fieldValidation') ?? '';
  const manager = query.get('fieldManager') ?? '';
  const causes: Cause[] = [...dryRunFaults(dryRun)];
  if (isApply && manager === '') {
    causes.push({ field: 'fieldManager', message: 'Required value: is required for apply patch' });
  } else if (!isApply && isTrue(query.get('force'))) {
    causes.push({ field: 'force', message: 'Forbidden: may not be specified for non-apply patch' });
  }
  if (Buffer.byteLength(manager) > 128) {
    causes.push({ field: 'fieldManager', message: 'Too long: may not be more than 128 bytes' });
  }
  if (!['', 'Ignore', 'Strict', 'Warn'].includes(validation)) {
    causes.push({ field: 'fieldValidation', message: unsupportedValue(validation, ['', 'Ignore', 'Strict', 'Warn']) });
  }
  if (causes.length > 0) throw invalidOptions(options, causes);
  return {
    manager: manager === '' ? undefined : manager,
    dryRun: dryRun.length > 0,
    force: isTrue(query.get('force')),
    fieldValidation: validation === '' ? 'Warn' : (validation as FieldValidation),
  };
}

export type WriteOptions = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions';

export interface DeleteParameters extends DeleteOptions {
  readonly graceSeconds?: number;
  readonly dryRun: boolean;
}

/** The body of a delete, or its parameters where there is none. */
export function deleteParameters(body: JsonObject, query: URLSearchParams): DeleteParameters {
  const policy = body['propagationPolicy'] ?? query.get('propagationPolicy') ?? undefined;
  const grace = body['gracePeriodSeconds'] ?? whole(query, 'gracePeriodSeconds');
  const { dryRun = query.getAll('dryRun'), orphanDependents } = body;
  const causes: Cause[] = [];
  if (orphanDependents !== undefined && policy !== undefined) {
    const message = `Invalid value: ${JSON.stringify(policy)}: orphanDependents and deletionPropagation cannot be both set`;
    causes.push({ field: 'propagationPolicy', message });
  } else if (policy !== undefined && !POLICIES.includes(String(policy))) {
    causes.push({ field: 'propagationPolicy', message: unsupportedValue(String(policy), [...POLICIES, 'nil']) });
  }
  causes.push(...dryRunFaults(dryRun as string[]));
  if (causes.length > 0) throw invalidOptions('DeleteOptions', causes);
  const propagationPolicy = orphanDependents === true ? 'Orphan' : policy;
  return {
    ...(propagationPolicy === undefined ? {} : { propagationPolicy: propagationPolicy as 'Background' }),
    ...(grace === undefined ? {} : { graceSeconds: Number(grace) }),
    ...(body['preconditions'] === undefined ? {} : { preconditions: body['preconditions'] as object }),
    dryRun: (dryRun as string[]).includes('All'),
  };
}

/** What the parameters of a list or watch say of versions and pages. */
export interface ListParameters {
  readonly limit: number;
  readonly continue: string | undefined;
  /** Undefined: the newest. */
  readonly resourceVersion: string | undefined;
  /** The list has to be as it was at this version. */
  readonly isExact: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

export function listParameters(query: URLSearchParams, isWatch: boolean): ListParameters {
  const text = (name: string): string | undefined => query.get(name) || undefined;
  const resourceVersion = text('resourceVersion');
  const match = text('resourceVersionMatch');
  const from = text('continue');
  const initial = text('sendInitialEvents');
  const limit = whole(query, 'limit') ?? 0;
  const messages = isWatch
    ? watchFaults({ match, from, initial })
    : initial !== undefined
      ? ['sendInitialEvents is forbidden for list'].map((why) => `Forbidden: ${why}`)
      : matchFaults({ match, from, resourceVersion });
  if (messages.length > 0) {
    throw invalidOptions(
      'ListOptions',
      messages.map((message) => ({ field: 'resourceVersionMatch', message })),
    );
  }
  if (resourceVersion !== undefined) {
    if (!isWatch && from !== undefined && resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue');
    }
    checkVersion(resourceVersion, isWatch);
  }
  return {
    limit: Math.max(limit, 0),
    continue: from,
    resourceVersion,
    isExact: match === 'Exact',
    sendInitialEvents: initial === undefined ? undefined : isTrue(initial),
  };
}

/** Refuses a version that is none. */
export function checkVersion(version: string, isPlain: boolean): void {
  if (/^\d+$/.test(version)) return;
  const quoted = JSON.stringify(version);
  const why = `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`;
  throw isPlain ? failure(why) : badRequest(`invalid resource version: ${why}`);
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

interface Asked {
  readonly match: string | undefined;
  readonly from: string | undefined;
}

function watchFaults({ match, from, initial }: Asked & { readonly initial: string | undefined }): string[] {
  if (from !== undefined) return ['Forbidden: resourceVersionMatch is forbidden when continue is provided'];
  if (initial === undefined) {
    const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided';
    return match === undefined ? [] : [`Forbidden: ${why}`];
  }
  if (match === 'NotOlderThan') return [];
  const needs = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  return match === undefined ? [needs] : [needs, unsupportedValue(match, ['NotOlderThan'])];
}

function matchFaults(asked: Asked & { readonly resourceVersion: string | undefined }): string[] {
  const { match, from, resourceVersion } = asked;
  if (match === undefined) return [];
  const faults: string[] = [];
  if (from !== undefined) faults.push('Forbidden: resourceVersionMatch is forbidden when continue is provided');
  if (resourceVersion === undefined) {
    faults.push('Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided');
  }
  if (!['Exact', 'NotOlderThan'].includes(match)) {
    faults.push(unsupportedValue(match, ['Exact', 'NotOlderThan', '']));
  } else if (match === 'Exact' && resourceVersion === '0') {
    faults.push('Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  }
  return faults;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

function dryRunFaults(values: readonly string[]): Cause[] {
  if (values.every((value) => value === 'All')) return [];
  return [{ field: 'dryRun', message: `Unsupported value: ${JSON.stringify(values)}: supported values: "All"` }];
}

function unsupportedValue(value: string, supported: readonly string[]): string {
  const list = supported.map((one) => JSON.stringify(one)).join(', ');
  return `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
}

function whole(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}
