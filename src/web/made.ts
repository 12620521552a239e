import type { KubeObject } from '../kube/object.ts';
import { Label } from '../machines/engine/annotations.ts';
import { GROUP, type Kind } from '../machines/engine/kind.ts';
import { childName } from '../machines/engine/scope.ts';
import type { Ref } from './cause.ts';
import { waitsFor, type Summary } from './instances.ts';

/** One resource that another is made of. */
export interface Member extends Ref {
  /** Undefined: it is asked for, and not there. */
  readonly summary?: Summary;
  /** The other member that it waits for. */
  readonly waitsFor?: Ref;
  /** Other members that wait for it. */
  readonly holdsUp: readonly Ref[];
}

/** A step of a resource, and the resources that it makes. */
export interface Stage {
  readonly step: string;
  readonly members: readonly Member[];
}

/** A resource with its line. */
export interface Made {
  readonly cr: KubeObject;
  readonly summary: Summary;
}

/** Kinds that a kind is made of; none for most. */
export function kindsIn(kind: Kind): readonly string[] {
  return kind.children.flatMap(({ type }) => (type.group === GROUP ? [type.kind] : []));
}

/** Whether `cr` was made by the resource `maker`. */
export function isMadeBy(cr: KubeObject, maker: KubeObject): boolean {
  return (cr.metadata.ownerReferences ?? []).some(
    ({ controller, uid }) => controller === true && uid === maker.metadata.uid,
  );
}

/**
 * The resources that one is made of, in the order of its steps; none where it is made of no resource. `made` are those
 * that it made and that may be told of; `isTold` says of a kind whether one that is not there may be. Pure.
 */
export function stagesOf(
  kind: Kind,
  cr: KubeObject,
  made: readonly Made[],
  isTold: (kind: string) => boolean = () => true,
): Stage[] {
  const asked = askedFor(cr);
  return Object.entries(kind.plan.steps).flatMap(([step, { apply }]) => {
    const members = apply.flatMap(({ id, type }): Member[] => {
      if (type.group !== GROUP || !isTold(type.kind)) return [];
      const found = made.find((one) => one.cr.kind === type.kind && one.cr.metadata.labels?.[Label.component] === id);
      const ref = { kind: type.kind, name: found?.summary.name ?? childName(cr.metadata, id) };
      if (found === undefined) return asked.some((one) => isSame(one, ref)) ? [{ ...ref, holdsUp: [] }] : [];
      const { summary } = found;
      const before = made.find((other) => waitsFor(summary, other.summary))?.summary;
      const behind = made.filter((other) => waitsFor(other.summary, summary));
      return [
        {
          ...ref,
          summary,
          ...(before === undefined ? {} : { waitsFor: refOf(before) }),
          holdsUp: behind.map((other) => refOf(other.summary)),
        },
      ];
    });
    return members.length === 0 ? [] : [{ step, members }];
  });
}

function refOf({ kind, name }: Ref): Ref {
  return { kind, name };
}

function isSame(a: Ref, b: Ref): boolean {
  return a.kind === b.kind && a.name === b.name;
}

/** What its status says that it is made of, those that are not there yet as well. */
function askedFor(cr: KubeObject): readonly Ref[] {
  const { services } = (cr['status'] ?? {}) as { services?: unknown };
  return Array.isArray(services) ? (services as Ref[]) : [];
}
