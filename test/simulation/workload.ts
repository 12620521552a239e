import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject, ResourceType } from '../../src/kube/object.ts';
import type { Behaviour } from '../../src/sandbox/behaviour.ts';

/** What people do in a workload, and what they see. */
export interface Stage {
  readonly person: KubeClient;
  typeOf(kind: string): ResourceType;
  apply(kind: string, name: string, spec?: object): Promise<void>;
  patch(kind: string, name: string, patch: object): Promise<void>;
  remove(type: ResourceType, name: string): Promise<void>;
  find(type: ResourceType, name: string): KubeObject | undefined;
  /** Makes the Pods of a component of any resource behave so, until the returned function is called. */
  behave(component: string, behaviour: Behaviour): () => void;
  /** Lets time pass until it holds; that it never does is the end of the run. */
  until(what: string, holds: () => boolean): Promise<void>;
  /** All of these are Ready at their present generation. */
  ready(...resources: string[]): Promise<void>;
  /** None of these is there. */
  gone(...resources: string[]): Promise<void>;
  pass(ms: number): Promise<void>;
}

/** A short story on virtual time: something that is there already, and what people do to it then. */
export interface Workload {
  readonly name: string;
  /** The kinds that the operator knows; the fewer, the quicker. */
  readonly kinds: readonly string[];
  /** Undisturbed. */
  readonly before?: (stage: Stage) => Promise<void>;
  /** What may end otherwise where many faults meet: it depends on when something is looked at, not on whether. */
  readonly loose?: RegExp;
  /** Here faults happen. */
  readonly story: (stage: Stage) => Promise<void>;
}
