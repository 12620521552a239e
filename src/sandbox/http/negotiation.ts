import { Refusal } from '../refusal.ts';

/** What form of an object, a list or an event a client asks for. */
export type Form = 'whole' | 'table' | 'metadata';

/** The first form in the Accept header that we have; a refusal where there is none. */
export function formFor(accept: string | undefined): Form {
  const wanted = accept === undefined || accept.trim() === '' ? ['*/*'] : accept.split(',');
  for (const entry of wanted) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim());
    if (!JSON_TYPES.has(type)) continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'whole';
    if (as === 'Table') return 'table';
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata';
  }
  const why = 'only the following media types are accepted: application/json';
  throw new Refusal('Unsupported', why, 406, {}, 'NotAcceptable');
}

const JSON_TYPES = new Set(['application/json', '*/*', 'application/*']);
