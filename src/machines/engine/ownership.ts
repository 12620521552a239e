import { apiVersionOf, type KubeObject, type ObjectMeta } from '../../kube/object.ts';
import { Annotation, Label, MANAGED_BY } from './annotations.ts';
import type { Child } from './child.ts';
import { GROUP, VERSION } from './kind.ts';
import type { Scope } from './scope.ts';

/**
 * Name, labels and ownership of a child. What can be made again has a controller owner reference; what holds data has
 * none, so that it outlives its owner, and names it in an annotation instead.
 */
export function metadataFor<Spec>(
  scope: Scope<Spec>,
  child: Pick<Child<Spec>, 'id' | 'type' | 'holds' | 'nameIn'>,
  component: string,
  annotations: Readonly<Record<string, string>> = {},
): ObjectMeta {
  const name = child.nameIn(scope);
  const common = {
    name,
    namespace: scope.namespace,
    labels: { ...selectorFor(scope, component), [Label.managedBy]: MANAGED_BY },
  };
  if (child.holds === 'data') {
    return { ...common, annotations: { ...annotations, [Annotation.owner]: `${scope.kind}/${scope.name}` } };
  }
  const uid = scope.cr.metadata.uid ?? '';
  // The last part cannot be made by anyone without our digest key: it proves a child ours whose reference was taken away.
  const proof = remembered(scope.digest, `${uid}/${child.type.kind}/${name}`);
  return {
    ...common,
    annotations: { ...annotations, [Annotation.owner]: `${scope.kind}/${scope.name}/${proof}` },
    ownerReferences: [
      {
        apiVersion: `${GROUP}/${VERSION}`,
        kind: scope.kind,
        name: scope.name,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}

const proofs = new WeakMap<Scope<unknown>['digest'], Map<string, string>>();
const mostProofs = 5000;

/** The digest of a name, which every look asks for again. */
function remembered(digest: Scope<unknown>['digest'], text: string): string {
  let known = proofs.get(digest);
  if (known === undefined || known.size >= mostProofs) proofs.set(digest, (known = new Map()));
  let proof = known.get(text);
  if (proof === undefined) known.set(text, (proof = digest(text)));
  return proof;
}

/** The labels that never change: what selectors use. */
export function selectorFor(scope: { kind: string; name: string }, component: string): Record<string, string> {
  return {
    [Label.name]: scope.kind.toLowerCase(),
    [Label.instance]: scope.name,
    [Label.component]: component,
  };
}

/** Whether `live` is the object that `wanted` describes, and not a stranger of the same name. */
export function isOwn(live: KubeObject, wanted: KubeObject): boolean {
  const controller = live.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const wantedOwner = wanted.metadata.ownerReferences?.[0];
  if (wantedOwner !== undefined && controller !== undefined) return controller.uid === wantedOwner.uid;
  const mark = wanted.metadata.annotations?.[Annotation.owner];
  return controller === undefined && mark !== undefined && live.metadata.annotations?.[Annotation.owner] === mark;
}

export function strangerMessage(live: KubeObject): string {
  const owner = live.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const whose = owner === undefined ? 'was not made by this resource' : `belongs to ${owner.kind}/${owner.name}`;
  return `${live.kind}/${live.metadata.name} ${whose}; delete or rename it, or give this resource another name`;
}

/** apiVersion, kind and metadata of a child, ready for its spec. */
export function objectFor<Spec>(
  scope: Scope<Spec>,
  child: Pick<Child<Spec>, 'id' | 'type' | 'holds' | 'nameIn'>,
  component: string,
  annotations?: Readonly<Record<string, string>>,
): KubeObject {
  return {
    apiVersion: apiVersionOf(child.type),
    kind: child.type.kind,
    metadata: metadataFor(scope, child, component, annotations),
  };
}

/**
 * A merge patch that gives an object that is there the metadata by which it is ours. Not an apply: to leave out the
 * content of what was applied before is to ask for its removal.
 */
export function metadataPatch(live: KubeObject, wanted: KubeObject): object {
  const { labels, annotations, ownerReferences: owners = [] } = wanted.metadata;
  const others = (live.metadata.ownerReferences ?? []).filter(({ uid }) => owners.every((owner) => owner.uid !== uid));
  const ownerReferences = owners.length === 0 ? {} : { ownerReferences: [...others, ...owners] };
  return { metadata: { uid: live.metadata.uid, labels, annotations, ...ownerReferences } };
}
