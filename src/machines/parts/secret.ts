import { Builtin } from '../../kube/object.ts';
import { Annotation } from '../engine/annotations.ts';
import type { Child, Due, Files, Finding, Generator, Generators } from '../engine/child.ts';
import { isSameTerm } from '../engine/ledger.ts';
import { isOwn, objectFor, strangerMessage } from '../engine/ownership.ts';
import { childName, type Scope, type SecretView } from '../engine/scope.ts';
import { secretsIn } from '../engine/text.ts';
import { applied, differenceIn, type Unknown } from './applied.ts';

/** A random password of `length` characters (62 choices each: 22 are 130 bits). */
export function password(length: number): Generator {
  return { make: 'password', length };
}

interface Generated<Spec> {
  readonly id: string;
  readonly keys: Generators | ((spec: Spec) => Generators);
  /** Not wanted with this spec: the user gave a Secret instead. */
  readonly unless?: (spec: Spec) => boolean;
  /**
   * Where losing it means losing what it opens: it is made only while nothing has been built on it. The answer names
   * the evidence that something has been.
   */
  readonly irreplaceable?: (scope: Scope<Spec>) => string | undefined;
  /** What to write in `openstack.k8s.io/rotate`, and, where it also goes by the clock, every how many hours. */
  readonly rotate?: {
    readonly as: string;
    readonly everyHours?: (spec: Spec) => number;
    /** Those of the keys that are made anew; all of them by default. */
    readonly keys?: readonly string[];
  };
}

/**
 * A Secret with random data, made once and kept for ever. Lost, it is made anew, unless it cannot be replaced; changed
 * by somebody, that is reported. It outlives its resource.
 */
export function generated<Spec>(part: Generated<Spec>): Child<Spec> {
  const child: Child<Spec> = {
    id: part.id,
    type: Builtin.Secret,
    verb: 'generate',
    holds: 'data',
    ...(part.rotate === undefined ? {} : { rotates: part.rotate.as }),
    nameIn: (scope) => childName(scope, part.id),
    look: (scope) => lookGenerated(scope, part, child),
  };
  return child;
}

function lookGenerated<Spec>(scope: Scope<Spec>, part: Generated<Spec>, child: Child<Spec>): Finding {
  const name = child.nameIn(scope);
  const by = { kind: 'Secret', name };
  if (part.unless?.(scope.cr.spec) === true) {
    return { is: 'ready', settled: true, reason: 'NotNeeded', message: `Secret/${name} is not needed`, by };
  }
  const keys = typeof part.keys === 'function' ? part.keys(scope.cr.spec) : part.keys;
  const object = objectFor(scope, child, child.id);
  const live = scope.lookup.get(Builtin.Secret, { namespace: scope.namespace, name }) as SecretView | undefined;
  if (live === undefined) {
    const known = Object.keys(keys).some((key) => `${part.id}/${key}` in scope.record.digests);
    const evidence = part.irreplaceable?.(scope);
    if (evidence !== undefined) {
      return {
        is: 'lost',
        settled: false,
        stalled: true,
        reason: 'SecretLost',
        message:
          `Secret/${name} is gone and cannot be made again, because ${evidence}; ` +
          `restore it from a backup with the keys ${Object.keys(keys).join(', ')}`,
        by,
        due: { verb: 'reclaim', type: Builtin.Secret, object },
      };
    }
    return {
      is: known ? 'lost' : 'absent',
      settled: false,
      reason: known ? 'SecretLost' : 'Absent',
      message: `Secret/${name} is ${known ? 'gone and will be made anew' : 'not there yet'}`,
      by,
      due: { verb: 'generate', type: Builtin.Secret, object, keys, again: known },
    };
  }
  if (live.metadata.deletionTimestamp !== undefined) {
    return { is: 'absent', settled: false, reason: 'Terminating', message: `Secret/${name} is being deleted`, by };
  }
  if (!isOwn(live, object)) {
    return { is: 'failed', settled: false, stalled: true, reason: 'NameConflict', message: strangerMessage(live), by };
  }
  const missing = Object.keys(keys).find((key) => !hasKey(live, key, keys[key]));
  if (missing !== undefined) {
    return {
      is: 'failed',
      settled: false,
      stalled: true,
      reason: 'KeyMissing',
      message: `Secret/${name} has no key '${missing}'; restore it, or delete the Secret to have it made anew`,
      by,
    };
  }
  const seen = noticed(scope, part.id, name, live);
  const rotation = rotationDue(scope, part, keys, live, name);
  const why = differenceIn(live, object);
  const repair: Due | undefined =
    why === undefined ? undefined : { verb: 'apply', type: Builtin.Secret, object, uid: live.metadata.uid ?? '', why };
  const due = rotation?.due ?? repair;
  return {
    is: 'ready',
    settled: true,
    reason: 'Exists',
    message: `Secret/${name} exists`,
    by,
    ...seen,
    ...rotation,
    learned: { ...seen.learned, ...rotation?.learned },
    ...(due === undefined ? {} : { due }),
  };
}

function hasKey(live: SecretView, key: string, generator: Generator | undefined): boolean {
  if (generator?.make !== 'fernet') return live.digests[key] !== undefined;
  return Object.keys(live.digests).some((name) => /^[0-9]+$/.test(name));
}

/** Not a key a Secret can have: beside the digests it tells which rotation they belong to. */
const rotation = '@rotated';

/** Digests of what is there now, and a warning for each that is not what was written. */
function noticed<Spec>(scope: Scope<Spec>, id: string, name: string, live: SecretView): Partial<Finding> {
  const digests = Object.fromEntries(Object.entries(live.digests).map(([key, digest]) => [`${id}/${key}`, digest]));
  const known = Object.entries(scope.record.digests).filter(
    ([path]) => path.startsWith(`${id}/`) && !path.endsWith(rotation),
  );
  const changed = known
    .filter(([path, digest]) => !isSameTerm(digest, digests[path]))
    .map(([path]) => path.split('/')[1]);
  const rotated = live.metadata.annotations?.[Annotation.rotatedAt];
  const mark = `${id}/${rotation}`;
  const byUs = rotated !== scope.record.digests[mark];
  const gone = Object.fromEntries(known.map(([path]) => [path, undefined]));
  return {
    learned: { digests: { ...gone, ...digests, [mark]: rotated } },
    ...(changed.length === 0 || byUs
      ? {}
      : {
          notes: [
            {
              type: 'Warning',
              reason: 'SecretChanged',
              message: `Secret/${name}: somebody changed ${changed.map((key) => `'${key}'`).join(', ')}`,
            },
          ],
        }),
  };
}

function rotationDue<Spec>(
  scope: Scope<Spec>,
  part: Generated<Spec>,
  keys: Generators,
  live: SecretView,
  name: string,
): Partial<Finding> | undefined {
  const { rotate } = part;
  if (rotate === undefined) return undefined;
  const asked = scope.asked('rotate');
  const last = Date.parse(live.metadata.annotations?.[Annotation.rotatedAt] ?? live.metadata.creationTimestamp ?? '');
  const interval = (rotate.everyHours?.(scope.cr.spec) ?? Infinity) * 3_600_000;
  const next = last + interval;
  const mine = asked?.split('=')[0] === rotate.as;
  if (mine && live.metadata.annotations?.[Annotation.rotatedFor] === asked)
    return { learned: { handled: { rotate: asked } } };
  const byHand = mine && asked !== undefined;
  if (!byHand && !(scope.now >= next)) return Number.isFinite(next) ? { wakeAt: next } : undefined;
  return {
    due: {
      verb: 'rotate',
      type: Builtin.Secret,
      ref: { namespace: scope.namespace, name },
      uid: live.metadata.uid ?? '',
      keys:
        rotate.keys === undefined
          ? keys
          : Object.fromEntries(Object.entries(keys).filter(([key]) => rotate.keys?.includes(key))),
      at: new Date(scope.now).toISOString(),
      ...(byHand ? { nonce: asked } : {}),
      why: byHand ? `asked for by ${Annotation.rotate}` : `every ${interval / 3_600_000} h`,
    },
  };
}

/** A Secret that the user made; it has none of our labels and is watched by name. Undefined: none was named. */
export function given<Spec>(part: {
  readonly id: string;
  readonly name: (spec: Spec) => string | undefined;
  readonly key: string;
  readonly field: string;
}): Child<Spec> {
  return {
    id: part.id,
    type: Builtin.Secret,
    verb: 'require',
    holds: 'data',
    nameIn: (scope) => part.name(scope.cr.spec) ?? '',
    foreign: (scope) => {
      const name = part.name(scope.cr.spec);
      return name === undefined ? [] : [{ type: Builtin.Secret, ref: { namespace: scope.namespace, name } }];
    },
    look: (scope) => {
      const name = part.name(scope.cr.spec);
      if (name === undefined) {
        return {
          is: 'ready',
          settled: true,
          reason: 'NotNeeded',
          message: `spec.${part.field} is not set`,
          by: { kind: scope.kind, name: scope.name },
        };
      }
      const by = { kind: 'Secret', name };
      const live = scope.lookup.get(Builtin.Secret, { namespace: scope.namespace, name }) as SecretView | undefined;
      if (live === undefined) {
        const message = `Secret/${name}, named in spec.${part.field}, does not exist; create it with the key '${part.key}'`;
        return { is: 'blocked', settled: false, reason: 'SecretNotFound', message, by };
      }
      if (live.digests[part.key] === undefined) {
        const message = `Secret/${name}, named in spec.${part.field}, has no key '${part.key}'; add it`;
        return { is: 'blocked', settled: false, reason: 'SecretKeyNotFound', message, by };
      }
      return { is: 'ready', settled: true, reason: 'Exists', message: `Secret/${name} has the key '${part.key}'`, by };
    },
  };
}

/**
 * A Secret with configuration files, some with passwords in them. It is rendered when it is written; what it is made
 * of is remembered as a digest, so that a changed password renders it again.
 */
export function configFiles<Spec>(part: {
  readonly id: string;
  readonly files: (scope: Scope<Spec>) => Files;
  /** What else has to be known before. */
  readonly unless?: (scope: Scope<Spec>) => Unknown | undefined;
}): Child<Spec> {
  return applied<Spec>({
    id: part.id,
    type: Builtin.Secret,
    want: (scope, self) => {
      const unless = part.unless?.(scope);
      if (unless !== undefined) return unless;
      const files = rendering(scope, part.files);
      const missing = Object.values(files)
        .flatMap(secretsIn)
        .find((ref) => secretDigest(scope, ref.secret, ref.key) === undefined);
      if (missing !== undefined) {
        const by = { kind: 'Secret', name: missing.secret };
        const message = `${self.type.kind}/${self.nameIn(scope)} needs the key '${missing.key}' of Secret/${missing.secret}`;
        return { blocked: { reason: 'SecretNotReady', message, by } };
      }
      return {
        object: { ...objectFor(scope, self, self.id), type: 'Opaque' },
        files,
        source: sourceOf(scope, part.files),
      };
    },
    judge: (scope, live) => {
      const name = live.metadata.name;
      const written = live.metadata.annotations?.[Annotation.content];
      const found = contentDigest(scope, live as SecretView);
      const message = `Secret/${name} holds the configuration`;
      const as = isSameTerm(written, found) ? {} : { differs: 'its data was changed by somebody else' };
      return { is: 'ready', settled: true, reason: 'Rendered', message, ...as };
    },
  });
}

/** What the files (or those of them that are named) are made of, as one digest; changes exactly when a file or a password in it does. */
export function sourceOf<Spec>(
  scope: Scope<Spec>,
  files: (scope: Scope<Spec>) => Files,
  ...names: readonly string[]
): string {
  const read = Object.entries(rendering(scope, files)).filter(([name]) => names.length === 0 || names.includes(name));
  const parts = read.map(([name, text]) => [
    name,
    text.map((part) =>
      typeof part === 'string' ? part : [part.secret, part.key, part.as, secretDigest(scope, part.secret, part.key)],
    ),
  ]);
  return scope.digest(JSON.stringify(parts));
}

const renderings = new WeakMap<object, Map<unknown, Files>>();

/** The files as they are in this scope, made once: every workload of a kind asks for them. */
function rendering<Spec>(scope: Scope<Spec>, files: (scope: Scope<Spec>) => Files): Files {
  const known = renderings.get(scope) ?? new Map<unknown, Files>();
  renderings.set(scope, known);
  const made = known.get(files) ?? files(scope);
  known.set(files, made);
  return made;
}

/** The digest of a Secret's data as the cache sees it; the effect that writes it computes the same. */
export function contentDigest(scope: { digest: (text: string) => string }, view: Pick<SecretView, 'digests'>): string {
  return scope.digest(JSON.stringify(Object.entries(view.digests).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))));
}

/** The keyed digest of one key of a Secret; undefined while it is not there. */
export function secretDigest<Spec>(scope: Scope<Spec>, secret: string, key: string): string | undefined {
  const live = scope.lookup.get(Builtin.Secret, { namespace: scope.namespace, name: secret }) as SecretView | undefined;
  return live?.digests[key];
}

interface DatabaseSpec {
  readonly database: { readonly secretName?: string | undefined };
}

/** The password of the database user: the one that the user gave, or a Secret `-db-password`, which keeps the record. */
export function databaseSecrets<Spec extends DatabaseSpec>(): Child<Spec>[] {
  return [
    given<Spec>({
      id: 'database-secret',
      name: (cr) => cr.database.secretName,
      key: 'password',
      field: 'database.secretName',
    }),
    generated<Spec>({ id: 'db-password', keys: { password: password(32) }, rotate: { as: 'db-password' } }),
  ];
}
