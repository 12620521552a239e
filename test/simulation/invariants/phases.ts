import {
  blockFor,
  find,
  hasCondition,
  madeBy,
  makerOf,
  nameOf,
  phaseOf,
  phases,
  type Check,
  type Truth,
} from '../truth.ts';

/** I14 and I7 of a control plane: each phase after the one before had been Ready, and in the reverse of that they go. */
export function ordered(truth: Truth): Check {
  const readyOnce = new Set<string>();

  return {
    sent: ({ verb, type, name, namespace }) => {
      const phase = phaseOf(type.kind);
      if (verb !== 'delete' || phase < 0) return;
      const object = find(truth, type, namespace, name);
      const maker = object && makerOf(truth, object);
      if (maker?.cr.metadata.deletionTimestamp === undefined) return;
      const later = madeBy(truth, maker.cr).find((other) => phaseOf(other.kind ?? '') > phase);
      if (later !== undefined)
        truth.breach('I7', `${type.kind}/${name} is deleted while ${nameOf(later)}, which came after it, is there`);
    },
    changed: ({ type, object }, by) => {
      const phase = phaseOf(object.kind ?? '');
      if (phase < 0) return;
      const { namespace = '', name } = object.metadata;
      if (hasCondition(object, 'Ready')) readyOnce.add(`${namespace}/${nameOf(object)}`);
      if (type !== 'ADDED' || by === undefined) return;
      const maker = makerOf(truth, object);
      if (maker === undefined) return;
      const before = phases.slice(0, phase).flat();
      for (const kind of before) {
        if (blockFor(maker.cr, kind) === undefined) continue;
        const made = madeBy(truth, maker.cr).find((other) => other.kind === kind);
        if (made === undefined) truth.breach('I14', `${object.kind}/${name} was made before there was a ${kind}`);
        else if (!readyOnce.has(`${namespace}/${nameOf(made)}`))
          truth.breach('I14', `${object.kind}/${name} was made before ${nameOf(made)} had been Ready`);
      }
    },
  };
}
