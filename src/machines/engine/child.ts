import type { KubeObject, ObjectRef, ResourceType } from '../../kube/object.ts';
import type { Lesson } from './ledger.ts';
import type { Scope } from './scope.ts';
import type { Text } from './text.ts';

/** One object that a custom resource brings about. Parts (`src/machines/parts`) make these. */
export interface Child<Spec> {
  /** Unique in its kind; usually the suffix of the object's name. */
  readonly id: string;
  readonly type: ResourceType;
  /** The effect that states invoke for it. */
  readonly verb: ChildVerb;
  /** `data` stays when its owner goes (unless `deletionPolicy: Delete`); everything else is made again. */
  readonly holds: 'data' | 'nothing';
  readonly nameIn: (scope: Scope<Spec>) => string;
  /** All that it stands for, where that may be several objects; `nameIn` is the first. */
  readonly namesIn?: (scope: Scope<Spec>) => readonly string[];
  /** Of a claim: we make it, and no StatefulSet. */
  readonly isMade?: boolean;
  /** The id of the child of the same step that has to be done before this one is begun. */
  readonly after?: string;
  /** Of a Job that must not run beside certain others. */
  readonly lock?: Lock<Spec>;
  /** Of a clean-up: the id of the Job whose work it takes away. */
  readonly undoes?: string;
  /** What it should be, what it is, and what is to be done. Pure. */
  readonly look: (scope: Scope<Spec>) => Finding;
  /** What to write in the annotation `rotate` to have its data made anew. */
  readonly rotates?: string;
  /** Objects of other owners that it reads; each is watched by name. */
  readonly foreign?: (scope: Scope<Spec>) => readonly Foreign[];
}

/** Of the Jobs of a resource that have a lock of the same name one runs at a time. */
export interface Lock<Spec> {
  readonly name: string;
  /** Whether the Job is at work; of one that is there and has not started, how it is taken away. */
  readonly holds: (scope: Scope<Spec>) => 'at work' | Due | undefined;
}

export interface Foreign {
  readonly type: ResourceType;
  readonly ref: ObjectRef;
}

export type ChildVerb = 'generate' | 'require' | 'apply' | 'run' | 'claim';

/** Everything a state can invoke. */
export type Verb = ChildVerb | 'hold' | 'remember' | 'remove' | 'release';

/**
 * ready: as wanted. progressing: on its way. failed: tried and failed. absent: not there yet.
 * lost: was there, is gone or no longer valid. blocked: waits for something that is not ours.
 */
export type Observation = 'ready' | 'progressing' | 'failed' | 'absent' | 'lost' | 'blocked';

export interface Finding {
  readonly is: Observation;
  /** It was complete for what is wanted now, and nothing since took that away: a Pod restart does not. */
  readonly settled: boolean;
  /** CamelCase, for the condition. */
  readonly reason: string;
  /** A sentence without a full stop that names the object and the value it waits for. */
  readonly message: string;
  /** The object that decides. */
  readonly by: { readonly kind: string; readonly name: string };
  /** No retry helps until a person acts. */
  readonly stalled?: boolean;
  /** Something went wrong, though it may yet mend itself: said before what is only not done. */
  readonly troubled?: boolean;
  readonly due?: Due;
  /** Look again at this time (milliseconds since the epoch) even if nothing changes. */
  readonly wakeAt?: number;
  readonly learned?: Lesson;
  readonly notes?: readonly Note[];
  /** Of a Job: what its run stands for, as text, and how often that has failed. */
  readonly key?: string;
  readonly failures?: number;
}

/** For a Kubernetes Event. */
export interface Note {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** One request to the cluster, as data. Each is safe to repeat. */
export type Due =
  /** Create, unless the name is taken; ours with lost labels is taken back. */
  | { readonly verb: 'create'; readonly type: ResourceType; readonly object: KubeObject; readonly files?: Files }
  /** Bring back what we want of an object that is ours. */
  | {
      readonly verb: 'apply';
      readonly type: ResourceType;
      readonly object: KubeObject;
      readonly uid: string;
      readonly files?: Files;
      readonly why: string;
    }
  /** Create a Secret with fresh random data; once only. */
  | {
      readonly verb: 'generate';
      readonly type: ResourceType;
      readonly object: KubeObject;
      readonly keys: Generators;
      readonly again: boolean;
    }
  /** Look whether an object of ours that the cache does not show is there all the same, and give it its labels back. */
  | { readonly verb: 'reclaim'; readonly type: ResourceType; readonly object: KubeObject }
  /** Replace generated data on purpose. */
  | {
      readonly verb: 'rotate';
      readonly type: ResourceType;
      readonly ref: ObjectRef;
      readonly uid: string;
      readonly keys: Generators;
      readonly at: string;
      /** The nonce that asked for it. */
      readonly nonce?: string;
      readonly why: string;
    }
  | {
      readonly verb: 'delete';
      readonly type: ResourceType;
      readonly ref: ObjectRef;
      readonly uid: string;
      readonly propagation: 'Foreground' | 'Background' | 'Orphan';
      readonly why: string;
    }
  | {
      readonly verb: 'patch';
      readonly type: ResourceType;
      readonly ref: ObjectRef;
      readonly patch: object;
      readonly why: string;
    };

/** File name → content; secrets in it are put in when it is written. */
export type Files = Readonly<Record<string, Text>>;

/** Key of a Secret → how its value is made. */
export type Generators = Readonly<Record<string, Generator>>;

export type Generator =
  /** Characters of [A-Za-z0-9]: safe in URLs, SQL, ini and shell. */
  | { readonly make: 'password'; readonly length: number }
  /** So many random bytes, in URL-safe base64 with padding: a key. */
  | { readonly make: 'key'; readonly bytes: number }
  /** A fernet key directory: `0` staged, the highest primary; rotation keeps at most `keep`. */
  | { readonly make: 'fernet'; readonly keep: number };
