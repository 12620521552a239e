import { applyPatch, type Operation } from 'rfc6902';
import type { KubeObject } from '../../kube/object.ts';
import { copyOf, isRecord, mergePatch } from '../json.ts';
import { badRequest, Refusal, unsupported } from '../refusal.ts';
import type { Served } from '../registry.ts';
import { strategicPatch } from './strategic.ts';

/** How a patch of each media type changes an object; apply is not among them. */
export function patchFor(mediaType: string, text: string, served: Served): (live: KubeObject) => unknown {
  switch (mediaType) {
    case 'application/json-patch+json': {
      const operations = json(text);
      if (!Array.isArray(operations)) throw badRequest('a JSON patch is a list of operations');
      return (live) => jsonPatch(live, operations as Operation[]);
    }
    case 'application/merge-patch+json': {
      const patch = record(text);
      return (live) => mergePatch(live, patch);
    }
    case 'application/strategic-merge-patch+json': {
      if (served.custom) throw notFor(mediaType, CUSTOM);
      const patch = record(text);
      return (live) => strategicPatch(live, patch, served.topology);
    }
    default:
      throw notFor(mediaType, served.custom ? CUSTOM : [...CUSTOM, 'application/strategic-merge-patch+json']);
  }
}

const CUSTOM = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

function notFor(mediaType: string, accepted: readonly string[]): Refusal {
  const why = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  if (mediaType === 'application/apply-patch+cbor') return unsupported('CBOR');
  return new Refusal('Unsupported', why, 415, {}, 'UnsupportedMediaType');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function record(text: string): object {
  const patch = json(text);
  if (!isRecord(patch)) throw badRequest('a merge patch is an object');
  return patch;
}

function jsonPatch(live: KubeObject, operations: readonly Operation[]): unknown {
  const patched = copyOf(live);
  const errors = applyPatch(patched, [...operations]);
  const index = errors.findIndex((error) => error !== null);
  if (index < 0) return patched;
  const said = errors[index]?.message ?? 'it does not apply';
  const { op, path } = operations[index] ?? { op: 'test', path: '' };
  const message = 'the server rejected our request due to an error in our request';
  const causes = [{ field: '', reason: 'UnexpectedServerResponse', message: `${op} ${path}: ${said}` }];
  return (() => {
    throw new Refusal('Invalid', message, 422, { causes });
  })();
}
