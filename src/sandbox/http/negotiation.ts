import { Refusal } from '../refusal.ts';

/** What form of an object, a list or an event a client asks for. */
export type Form = 'whole' | 'table' | 'metadata';

/** The first form in the Accept header that we have; a refusal where there is none. */
export function formFor(accept: string | undefined, isList: boolean, isCustom: boolean): Form {
  const wanted = accept === undefined || accept.trim() === '' ? ['*/*'] : accept.split(',');
  let isKnownType = false;
  for (const entry of wanted) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim());
    if (!JSON_TYPES.has(type)) continue;
    isKnownType = true;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'whole';
    if (as === 'Table') return 'table';
    if (as === (isList ? 'PartialObjectMetadataList' : 'PartialObjectMetadata')) return 'metadata';
  }
  throw isKnownType || isCustom ? notAcceptable() : unavailable(isList);
}

function notAcceptable(): Refusal {
  const why = `only the following media types are accepted: ${TYPES}`;
  return new Refusal('Unsupported', why, 406, undefined, 'NotAcceptable');
}

/** The same from the router of built-in kinds, which looks first. */
function unavailable(isList: boolean): Refusal {
  const streams = isList ? ', application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch' : '';
  const why = `406: Not Acceptable\n\nAvailable representations: ${TYPES}${streams}`;
  return new Refusal('Unsupported', why, 406, {}, 'NotAcceptable');
}

/** Those of the real server; the sandbox speaks JSON only. */
const TYPES = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const JSON_TYPES = new Set(['application/json', '*/*', 'application/*']);
