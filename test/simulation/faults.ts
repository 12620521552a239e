import { ApiError } from '../../src/kube/errors.ts';
import type { ResourceType } from '../../src/kube/object.ts';
import type { Process } from './process.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'apply' | 'replace' | 'mergePatch' | 'delete';

/** What an operator sends. Numbers count from 1, from the moment that faults may happen; before that they are 0. */
export interface Request {
  readonly number: number;
  readonly process: Process;
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
  readonly body: unknown;
}

/** What can happen to one request. */
export type RequestFault =
  /** No connection: the server never heard of it. */
  | 'unsent'
  /** Answers of the server that change nothing. */
  | 'conflict'
  | 'expired'
  | 'forbidden'
  | 'invalid'
  | 'throttled'
  | 'broken'
  | 'unavailable'
  /** It was done, and the answer got lost. */
  | 'unanswered'
  /** The connection broke or nothing came for 30 s; it is done a little later, if the server still takes it. */
  | 'late'
  | 'very late'
  /** It is done at once, the answer takes 5 s. */
  | 'slow'
  /** The process ends before it is sent, or after it was done and before the answer. */
  | 'crash before'
  | 'crash after'
  /** The process stands still for longer than its lease, before it is sent (it goes out then), or before the answer. */
  | 'pause before'
  | 'pause after';

/** What can happen as one event is about to be delivered. A stream keeps its order; it loses events only by ending. */
export type EventFault =
  /** The stream breaks; it is resumed where it was. */
  | 'cut'
  /** The stream ends, and the server remembers no version before this event any more: 410, list again. */
  | 'lost'
  /** This event and all after it come 3 s later. */
  | 'delayed'
  | 'duplicated'
  /** The connection is half dead: nothing more comes until somebody gives it up. */
  | 'silent'
  | 'crash';

export const eventFaults: readonly EventFault[] = ['cut', 'lost', 'delayed', 'duplicated', 'silent', 'crash'];

/** The faults that a real API server, or the way to it, can have with this request. */
export function requestFaultsFor({ verb }: Pick<Request, 'verb'>): readonly RequestFault[] {
  const answers: readonly RequestFault[] = [
    'unsent',
    'forbidden',
    'throttled',
    'broken',
    'unavailable',
    'crash before',
  ];
  switch (verb) {
    case 'watch':
      return [...answers, 'expired'];
    case 'list':
      return [...answers, 'expired', 'slow', 'crash after'];
    case 'get':
      return [...answers, 'slow', 'crash after'];
    case 'create':
    case 'apply':
    case 'replace':
    case 'mergePatch':
    case 'delete':
      return [...answers, 'conflict', 'invalid', 'slow', 'unanswered', 'late', 'very late', 'crash after'];
  }
}

/** What pauses do matters only where another process can take over meanwhile. */
export const pauseFaults: readonly RequestFault[] = ['pause before', 'pause after'];

export type Refusal =
  'unsent' | 'conflict' | 'expired' | 'forbidden' | 'invalid' | 'throttled' | 'broken' | 'unavailable';

export function refusalOf(fault: Refusal, what: string): ApiError {
  switch (fault) {
    case 'unsent':
      return new ApiError('Network', `${what}: the connection was refused`);
    case 'conflict':
      return new ApiError('Conflict', `${what}: the object has been modified`, { code: 409 });
    case 'expired':
      return new ApiError('Expired', `${what}: the version is too old`, { code: 410 });
    case 'forbidden':
      return new ApiError('Forbidden', `${what}: not allowed at the moment`, { code: 403 });
    case 'invalid':
      return new ApiError('Invalid', `${what}: an admission webhook refuses it`, { code: 422 });
    case 'throttled':
      return new ApiError('TooManyRequests', `${what}: too many requests`, { code: 429, retryAfterMs: 1000 });
    case 'broken':
      return new ApiError('ServerError', `${what}: internal error`, { code: 500 });
    case 'unavailable':
      return new ApiError('ServerError', `${what}: the server is not ready`, { code: 503 });
  }
}
