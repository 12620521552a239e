import type { z } from 'zod';
import type { KubeObject, ResourceType } from '../../kube/object.ts';
import type { Child } from './child.ts';
import type { Lesson } from './ledger.ts';
import type { Scope } from './scope.ts';

export const GROUP = 'openstack.k8s.io';
export const VERSION = 'v1alpha1';

/** A custom resource whose spec was parsed, so every default is in place. */
export interface Resource<Spec> extends KubeObject {
  spec: Spec;
  status?: Record<string, unknown>;
}

/** What users see of a kind: its names, its fields, its columns. The CRD is generated from it. */
export interface Declaration<S extends z.ZodObject> {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: readonly string[];
  /** One sentence for `kubectl explain` and the docs. */
  readonly about: string;
  readonly spec: S;
  /** Kind-specific fields of the status. */
  readonly status?: z.ZodObject;
  /** Those of them that repeat for readers how other resources stand: nobody goes by them. */
  readonly mirrors?: readonly string[];
  readonly rules?: readonly Rule[];
  readonly columns?: readonly Column[];
  /** The least that a spec has to say, where an empty one is refused. */
  readonly minimal?: z.input<S>;
  /** The most characters of a name, where its children's names need the room; 32 otherwise. */
  readonly longestName?: number;
}

/** A CEL rule on the spec. The message says what to write instead. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
}

export interface Column {
  readonly name: string;
  readonly jsonPath: string;
  /** 1 shows only under `-o wide`. */
  readonly priority?: 0 | 1;
}

/** Another custom resource of the same namespace that this one builds on. */
export interface Use<Spec> {
  readonly kind: string;
  /** Its name; undefined where this resource goes without. */
  readonly ref: (spec: Spec) => string | undefined;
}

/**
 * How a kind comes up: steps in order. A step's name is its state and its condition, and says what is true
 * once every child of it is there.
 */
export interface Plan<Spec, Uses extends string = string> {
  /** Counts up when the meaning of a state changes; a stored state of another version is translated or dropped. */
  readonly version: number;
  /** Old state name → today's. */
  readonly migrate?: Readonly<Record<string, string>>;
  readonly uses?: Readonly<Record<Uses, Use<Spec>>> & Readonly<Record<string, Use<Spec>>>;
  readonly steps: Readonly<Record<string, Step<Spec, Uses>>>;
  /** What `deletionPolicy: Delete` does before the data goes; a Job as every other. */
  readonly cleanUp?: readonly Child<Spec>[];
  /** The generated Secret whose annotation keeps what must outlive the status. */
  readonly recordOn?: string;
  readonly status?: (scope: Scope<Spec>) => Record<string, unknown>;
  /** Rewrites what is recorded when the data it was recorded on was replaced and a person accepted that. */
  readonly rebase?: (scope: Scope<Spec>) => Lesson | undefined;
}

export interface Step<Spec, Uses extends string = string> {
  /** Ends the sentence "In this state …"; shown in the diagram. */
  readonly about: string;
  /** Nothing new is begun here while one of these is not Ready; repair of what exists goes on. */
  readonly needs?: readonly Uses[];
  /**
   * When it is worked on. `in turn` (the default): while every step before it is done. `at once`: always, as it builds
   * on none of them. `kept`: begun in turn, and what exists of it is kept as wanted also while a step before it is not done.
   */
  readonly when?: 'in turn' | 'at once' | 'kept';
  readonly apply: readonly Child<Spec>[];
}

/** A kind as the rest of the program sees it: `Spec` is known inside only. */
export interface Kind<Spec = unknown> {
  readonly declaration: Declaration<z.ZodObject>;
  readonly plan: Plan<Spec>;
  readonly type: ResourceType;
  readonly stepNames: readonly string[];
  /** Every child of every step, in order. */
  readonly children: readonly Child<Spec>[];
}

/**
 * Two arguments, so that `cr.spec` is typed in the plan without a word of annotation.
 * Throws where the declaration contradicts itself: that is a mistake in our code, seen at import.
 */
export function defineKind<S extends z.ZodObject, const Uses extends string = never>(
  declaration: Declaration<S>,
  plan: Plan<z.output<S>, Uses>,
): Kind {
  const children = Object.values<Step<z.output<S>, Uses>>(plan.steps).flatMap((step) => step.apply);
  const ids = children.map((child) => child.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`${declaration.kind}: two children have the id '${twice}'`);
  if (plan.recordOn !== undefined && !ids.includes(plan.recordOn)) {
    throw new Error(`${declaration.kind}: recordOn names '${plan.recordOn}', which is no child`);
  }
  const kind: Kind<z.output<S>> = {
    declaration,
    plan: plan as Plan<z.output<S>>,
    type: { group: GROUP, version: VERSION, kind: declaration.kind, plural: declaration.plural, namespaced: true },
    stepNames: Object.keys(plan.steps),
    children,
  };
  return kind as unknown as Kind;
}
