import { applyPatch, type Operation, Pointer } from 'rfc6902';
import type { KubeObject } from '../../kube/object.ts';
import { copyOf, isRecord, mergePatch } from '../json.ts';
import { badRequest, Refusal } from '../refusal.ts';
import type { Served } from '../registry.ts';
import { goJson, goRecord } from './go-json.ts';
import { strategicPatch } from './strategic.ts';

/** How a patch of each media type changes an object; apply is not among them. */
export function patchFor(mediaType: string, text: string, served: Served): (live: KubeObject) => unknown {
  switch (mediaType) {
    case 'application/json-patch+json': {
      const operations = read(() => goJson(text));
      if (!Array.isArray(operations)) {
        const sort = isRecord(operations) ? 'object' : typeof operations;
        const into = 'Go value of type []handlers.jsonPatchOp';
        throw badRequest(`error decoding patch: json: cannot unmarshal ${sort} into ${into}`);
      }
      return (live) => jsonPatch(live, operations as Operation[]);
    }
    case 'application/merge-patch+json': {
      const patch = read(() => goRecord(text, 'map[string]interface {}'));
      return (live) => mergePatch(live, patch);
    }
    case 'application/strategic-merge-patch+json': {
      if (served.custom) throw notForCustom();
      const patch = read(() => goRecord(text, 'map[string]interface {}'));
      return (live) => strategicPatch(live, patch, served.topology);
    }
    default:
      if (served.custom) throw notForCustom();
      throw new Refusal('Unsupported', '415: Unsupported Media Type', 415, {}, 'UnsupportedMediaType');
  }
}

function notForCustom(): Refusal {
  const accepted = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
  const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new Refusal('Unsupported', why, 415, undefined, 'UnsupportedMediaType');
}

function read<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function jsonPatch(live: KubeObject, operations: readonly Operation[]): unknown {
  const patched = copyOf(live);
  for (const operation of operations) {
    const [problem] = applyPatch(patched, [lenient(patched, operation)]);
    if (problem !== null) {
      throw new Refusal('Invalid', 'the server rejected our request due to an error in our request', 422, {});
    }
  }
  return patched;
}

/** The server's library replaces what is not there, too. */
function lenient(target: KubeObject, operation: Operation): Operation {
  if (operation.op !== 'replace') return operation;
  return Pointer.fromJSON(operation.path).get(target) === undefined ? { ...operation, op: 'add' } : operation;
}
