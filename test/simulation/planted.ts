import type { KubeClient } from '../../src/kube/client.ts';
import { isApiError } from '../../src/kube/errors.ts';
import { Builtin, type KubeObject, type ResourceType } from '../../src/kube/object.ts';
import { Annotation, FINALIZER } from '../../src/machines/engine/annotations.ts';
import type { Child, Finding } from '../../src/machines/engine/child.ts';
import type { Kind, Step } from '../../src/machines/engine/kind.ts';
import type { Scope } from '../../src/machines/engine/scope.ts';
import type { Defect } from './fleet.ts';

/** Mistakes that an operator of this kind is known to make, each put in through one of its ports. */
export const planted: Readonly<Record<string, Defect>> = {
  'Ready is said while the Deployment still rolls out': looking(['server', 'api'], (finding) =>
    finding.is === 'progressing' ? { ...finding, is: 'ready', settled: true } : finding,
  ),
  'a Secret that could not be made is made again over what is there': sending((client) => ({
    create: async (type, object, options) => {
      try {
        return await client.create(type, object, options);
      } catch (error) {
        if (type !== Builtin.Secret || !isApiError(error, 'AlreadyExists')) throw error;
        return client.apply(type, object, options);
      }
    },
  })),
  'what is created replaces what has the name already': sending((client) => ({
    apply: (type, { metadata: { resourceVersion: _, ...metadata }, ...rest }, options) =>
      client.apply(type, { ...rest, metadata } as never, options),
  })),
  'a deletion does not say which object it means': sending((client) => ({
    delete: (type, ref, { preconditions: _, ...options } = {}) => client.delete(type, ref, options),
  })),
  'the owner of what is made does not control it': sending((client) => ({
    apply: (type, object, options) => client.apply(type, uncontrolled(object) as never, options),
  })),
  'every apply is sent twice': sending((client) => ({
    apply: async (type, object, options) => {
      await client.apply(type, object, options);
      const { resourceVersion: _, ...metadata } = object.metadata;
      return client.apply(type, { ...object, metadata }, options);
    },
  })),
  'what was learned of finished Jobs is not kept': sending((client) => ({
    mergePatch: async (type, ref, patch, options) => {
      const { metadata } = patch as { metadata?: { annotations?: Record<string, string> } };
      if (metadata?.annotations?.[Annotation.record] === undefined) {
        return client.mergePatch(type, ref, patch, options);
      }
      return (await client.get(type, ref)) as never;
    },
  })),
  'the finalizer is never taken away while the namespace goes': sending((client) => ({
    mergePatch: async (type, ref, patch, options) => {
      const { metadata } = patch as { metadata?: { finalizers?: string[] } };
      const lets = metadata?.finalizers?.includes(FINALIZER) === false;
      const namespace = lets ? await client.get(Builtin.Namespace, { name: ref.namespace ?? '' }) : undefined;
      if (namespace?.metadata.deletionTimestamp === undefined) return client.mergePatch(type, ref, patch, options);
      return (await client.get(type, ref)) as never;
    },
  })),
  'the finalizer is put back by an apply of the resource as it was last seen': sending((client) => ({
    mergePatch: async (type, ref, patch, options) => {
      const { metadata } = patch as { metadata?: { finalizers?: string[] } };
      if (metadata?.finalizers?.includes(FINALIZER) !== false) return client.mergePatch(type, ref, patch, options);
      const seen = await client.get(type, ref);
      await client.mergePatch(type, ref, patch, options);
      return (await client.apply(type, {
        ...seen,
        metadata: { name: ref.name, namespace: ref.namespace ?? '', finalizers: [FINALIZER] },
      })) as never;
    },
  })),
  'a status is said to be of the newest generation, whatever it was made from': sending((client) => ({
    replace: async (type, object, options) => {
      if (options?.subresource !== 'status') return client.replace(type, object, options);
      // It takes its time: a status is written seldom, and the change has to come meanwhile.
      for (let times = 0; times < 10; times++) await client.get(type, object.metadata);
      const newest = await client.get(type, object.metadata);
      if (newest.metadata.uid !== object.metadata.uid) return client.replace(type, object, options);
      const { generation: observedGeneration } = newest.metadata;
      const { conditions = [], ...status } = object['status'] as { conditions?: object[] };
      const told = {
        ...status,
        observedGeneration,
        conditions: conditions.map((one) => ({ ...one, observedGeneration })),
      };
      return client.replace(type, { ...object, metadata: newest.metadata, status: told } as never, options);
    },
  })),
  'a Job that may have been made, or was, is made under another name': sending((client) => ({
    apply: async (type, object, options) => {
      try {
        return await client.apply(type, object, options);
      } catch (error) {
        const { resourceVersion, ...metadata } = object.metadata;
        const isUnsure = isApiError(error, 'Conflict', 'Network', 'Timeout');
        if (type !== Builtin.Job || resourceVersion !== '1' || !isUnsure) throw error;
        return client.create(type, { ...object, metadata: { ...metadata, name: `${metadata.name}-again` } }, options);
      }
    },
  })),
  'nobody asks who leads': { election: 'nobody asks' },
  'who has led writes on when another leads': { election: 'nobody yields' },
  'the database is not dropped before the resource goes': planning((kind) => ({
    ...kind,
    plan: { ...kind.plan, cleanUp: [] },
  })),
  'the API is rolled out before the schema is made': planning((kind) => ordered(kind, ['DBSynced', 'Deployed'])),
  'Jobs are begun before the database is Ready': planning((kind) =>
    withSteps(kind, (steps) => steps.map(([name, step]) => [name, { ...step, needs: [] }])),
  ),
  'bootstrap is of the image: it runs again at each upgrade': scoped(['bootstrap'], (scope) => ({
    ...scope,
    cr: { ...scope.cr, spec: { ...(scope.cr.spec as object), region: regionOf(scope) } },
  })),
  'a Job is deleted as soon as it has ended': sending((client) => ({
    watch: async function* (type, options) {
      for await (const event of client.watch(type, options)) {
        yield event as never;
        if (type !== Builtin.Job || event.type === 'BOOKMARK' || !isComplete(event.object)) continue;
        const { uid = '' } = event.object.metadata;
        void client
          .delete(type, event.object.metadata, { preconditions: { uid }, propagationPolicy: 'Background' })
          .catch(() => undefined);
      }
    },
  })),
  'a watch that ended is not begun again': sending((client) => {
    const ended = new Set<ResourceType>();
    return {
      watch: async function* (type, options) {
        if (ended.has(type)) await new Promise(() => {});
        try {
          for await (const event of client.watch(type, options)) yield event as never;
        } finally {
          ended.add(type);
        }
      },
      list: async (type, options) => {
        if (ended.has(type)) await new Promise(() => {});
        return client.list(type, options);
      },
    };
  }),
  'a password is in the text of an Event': sending((client) => ({
    create: async (type, object, options) => {
      if (type !== Builtin.Event) return client.create(type, object, options);
      const secrets = await client.list(Builtin.Secret, { namespace: object.metadata.namespace ?? '' });
      const [data = {}] = secrets.items.map((secret) => (secret['data'] ?? {}) as Record<string, string>);
      const [value = ''] = Object.values(data);
      return client.create(type, { ...object, note: Buffer.from(value, 'base64').toString() }, options);
    },
  })),
};

export function sending(wrap: (client: KubeClient) => Partial<KubeClient>): Defect {
  return { client: (client) => ({ ...client, ...wrap(client) }) };
}

export function planning(change: (kind: Kind) => Kind): Defect {
  return { kinds: (kinds) => kinds.map(change) };
}

type Steps = [string, Step<unknown>][];

export function withSteps(kind: Kind, change: (steps: Steps) => Steps): Kind {
  const steps = change(Object.entries(kind.plan.steps));
  return {
    ...kind,
    plan: { ...kind.plan, steps: Object.fromEntries(steps) },
    stepNames: steps.map(([name]) => name),
    children: steps.flatMap(([, { apply }]) => apply),
  };
}

export function ordered(kind: Kind, [first = '', second = '']: readonly string[]): Kind {
  if (![first, second].every((name) => kind.stepNames.includes(name))) return kind;
  const other = (name: string): string => (name === first ? second : name === second ? first : name);
  return withSteps(kind, (steps) => steps.map(([name]) => [other(name), kind.plan.steps[other(name)]!]));
}

/** Children that see, or say, something else. */
export function children(ids: readonly string[], change: (child: Child<unknown>) => Child<unknown>): Defect {
  return planning((kind) =>
    withSteps(kind, (steps) =>
      steps.map(([name, step]) => [
        name,
        { ...step, apply: step.apply.map((child) => (ids.includes(child.id) ? change(child) : child)) },
      ]),
    ),
  );
}

export function looking(ids: readonly string[], change: (finding: Finding) => Finding): Defect {
  return children(ids, (child) => ({ ...child, look: (scope) => change(child.look(scope)) }));
}

export function scoped(ids: readonly string[], change: (scope: Scope<unknown>) => Scope<unknown>): Defect {
  return children(ids, (child) => ({ ...child, look: (scope) => child.look(change(scope)) }));
}

function regionOf({ cr }: Scope<unknown>): string {
  const { image, region } = cr.spec as { image?: string; region: string };
  return image === undefined ? region : `${region}-${image.split(':').at(-1)}`;
}

function uncontrolled(object: KubeObject): KubeObject {
  const ownerReferences = object.metadata.ownerReferences?.map((owner) => ({ ...owner, controller: false }));
  return ownerReferences === undefined ? object : { ...object, metadata: { ...object.metadata, ownerReferences } };
}

function isComplete(object: KubeObject): boolean {
  const { conditions = [] } = (object['status'] ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => type === 'Complete' && status === 'True');
}
