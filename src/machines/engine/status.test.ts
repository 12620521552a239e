import { describe, expect, it } from 'vitest';
import { now } from '../../../test/support/scope.ts';
import type { Condition, KubeObject } from '../../kube/object.ts';
import { kinds } from '../index.ts';
import type { Decision } from './decide.ts';
import { fact, type Facts, type Progress, type StepFact } from './facts.ts';
import type { Kind } from './kind.ts';
import { emptyLedger } from './ledger.ts';
import type { View } from './observe.ts';
import { obstacleIn, passages, statusFor, storedStatus, type Failure, type Passage, type Status } from './status.ts';

const keystone = kinds.find((kind) => kind.declaration.kind === 'Keystone') as Kind;
const steps = keystone.stepNames;

const ended = (is: Progress): Facts['deletion'] => ({
  Unreferenced: fact(is),
  Stopped: fact(is),
  CleanedUp: fact(is),
  Removed: fact(is),
});

function viewOf(
  facts: Partial<Record<string, StepFact>> = {},
  more: Partial<View> & { lifecycle?: Facts['lifecycle'] } = {},
): View {
  const { lifecycle = 'live', ...rest } = more;
  return {
    facts: {
      lifecycle,
      steps: Object.fromEntries(steps.map((name) => [name, facts[name] ?? fact('done')])),
      deletion: ended('todo'),
    },
    dues: new Map(),
    ledger: emptyLedger,
    attempts: {},
    notes: [],
    wakeAt: undefined,
    foreign: [],
    kindStatus: {},
    ...rest,
  };
}

function decisionTo(state: string, crossed: Decision['crossed'] = []): Decision {
  return { state, crossed, effects: [], why: [] };
}

const cr = (status?: Status, generation = 1): KubeObject => ({
  apiVersion: 'openstack.k8s.io/v1alpha1',
  kind: 'Keystone',
  metadata: { name: 'keystone', namespace: 'ns', generation },
  ...(status === undefined ? {} : { status: { ...status } }),
});

const statusOf = (view: View, before?: Status, at = now, passed: Passage[] = [], failure?: Failure, state = 'Ready') =>
  statusFor(keystone, cr(before), view, decisionTo(state), at, passed, failure);

const conditionOf = (status: Status, type: string): Condition => {
  const found = status.conditions.find((condition) => condition.type === type);
  if (found === undefined) throw new Error(`no condition ${type}`);
  return found;
};

const passage = (to: string, why = 'because'): Passage => ({ at: new Date(now).toISOString(), from: 'x', to, why });
const ill: StepFact = {
  is: 'done',
  healthy: false,
  reason: 'Degraded',
  message: 'Deployment/keystone-api: 0 of 1 replicas available',
};
const open: StepFact = {
  is: 'working',
  healthy: false,
  reason: 'JobRunning',
  message: 'Job/keystone-db-sync is running',
};

describe('conditions', () => {
  it('has one for each step from the first second, each once, of the present generation', () => {
    const nothing = Object.fromEntries(steps.map((name) => [name, fact('todo')]));
    const { conditions } = statusFor(keystone, cr(undefined, 7), viewOf(nothing), decisionTo('Pending'), now, []);
    expect(conditions.map((condition) => condition.type)).toEqual(['Ready', 'Stalled', ...steps]);
    expect(conditions.every((condition) => condition.observedGeneration === 7)).toBe(true);
    expect(conditions.filter((condition) => condition.type !== 'Stalled').map((condition) => condition.status)).toEqual(
      ['Ready', ...steps].map(() => 'False'),
    );
  });

  it('is Ready only when every step is done and works', () => {
    expect(conditionOf(statusOf(viewOf()), 'Ready').status).toBe('True');
    for (const name of steps) {
      for (const is of ['todo', 'working', 'failed', 'lost', 'blocked'] as const) {
        expect(conditionOf(statusOf(viewOf({ [name]: fact(is, `${name} is ${is}`) })), 'Ready')).toMatchObject({
          status: 'False',
          message: `${name} is ${is}`,
        });
      }
      const sick = statusOf(viewOf({ [name]: ill }));
      expect(conditionOf(sick, 'Ready')).toMatchObject({ status: 'False', reason: 'Degraded', message: ill.message });
      expect(conditionOf(sick, name).status).toBe('False');
    }
  });

  it('lets the first step that is not done say why, and those after it say what they wait for', () => {
    const status = statusOf(
      viewOf({ DBSynced: open, Deployed: fact('todo', 'Deployment is not there'), Bootstrapped: fact('todo') }),
    );
    expect(conditionOf(status, 'DBSynced')).toMatchObject({
      status: 'False',
      reason: 'JobRunning',
      message: open.message,
    });
    expect(conditionOf(status, 'Deployed')).toMatchObject({
      status: 'False',
      reason: 'Waiting',
      message: 'waits for DBSynced',
    });
    expect(conditionOf(status, 'DBCreated').status).toBe('True');
    expect(status.waitingFor).toBe(open.message);
  });

  it('tells of a step that is not done before one that is only ill', () => {
    expect(statusOf(viewOf({ SecretsReady: ill, DBSynced: open })).waitingFor).toBe(open.message);
  });

  it('is Stalled for a step that needs a person, and for a failure that trying again cannot mend', () => {
    expect(conditionOf(statusOf(viewOf()), 'Stalled').status).toBe('False');
    const lost = { ...fact('lost', 'Secret/x is gone'), reason: 'SecretLost', stalled: true };
    expect(conditionOf(statusOf(viewOf({ SecretsReady: lost })), 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'SecretLost',
      message: 'Secret/x is gone',
    });
    const failure = { reason: 'Invalid', message: 'spec.x: no', terminal: true };
    expect(conditionOf(statusOf(viewOf({ Deployed: open }), undefined, now, [], failure), 'Stalled').reason).toBe(
      'Invalid',
    );
    const passing = { ...failure, terminal: false };
    expect(conditionOf(statusOf(viewOf({ Deployed: open }), undefined, now, [], passing), 'Stalled').status).toBe(
      'False',
    );
  });

  it('is not Ready after a failure, and tells of it', () => {
    const failure = { reason: 'Forbidden', message: 'quota exceeded', terminal: false };
    const status = statusOf(viewOf(), undefined, now, [], failure);
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'Forbidden',
      message: 'quota exceeded',
    });
    expect(status.waitingFor).toBe('quota exceeded');
  });

  it('says that it is paused only while it is, and stays Ready where nothing is open', () => {
    const paused = statusOf(viewOf({}, { lifecycle: 'paused' }), undefined, now, [], undefined, 'Paused');
    expect(conditionOf(paused, 'Paused').status).toBe('True');
    expect(conditionOf(paused, 'Ready').status).toBe('True');
    const waiting = statusOf(viewOf({ DBSynced: open }, { lifecycle: 'paused' }));
    expect(conditionOf(waiting, 'Ready')).toMatchObject({ status: 'False', reason: 'Paused' });
    expect(waiting.waitingFor).toBe(`paused by annotation; ${open.message}`);
    expect(statusOf(viewOf()).conditions.some((condition) => condition.type === 'Paused')).toBe(false);
  });

  it('is never Ready while it is being deleted, and says what holds it', () => {
    const view = viewOf({}, { lifecycle: 'deleting' });
    const held = { ...fact('blocked', 'Keystone/k still refers to it'), reason: 'StillReferenced' };
    const facts = { ...view.facts, deletion: { ...ended('todo'), Unreferenced: held } };
    const status = statusOf({ ...view, facts }, undefined, now, [], undefined, 'Deleting.Requested');
    expect(conditionOf(status, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'StillReferenced',
      message: held.message,
    });
    expect(status.waitingFor).toBe(held.message);
    expect(status.state).toBe('Deleting');
    expect(status.machine.state).toBe('Deleting.Requested');
    expect(obstacleIn(keystone, { ...view, facts: { ...facts, deletion: ended('done') } })).toBeUndefined();
  });
});

describe('times', () => {
  it('stay, and the whole status with them, where nothing changes', () => {
    const view = viewOf({ DBSynced: open });
    const first = statusOf(view, undefined, now, [passage('DBCreated')], undefined, 'DBCreated');
    expect(statusOf(view, first, now + 3_600_000, [], undefined, 'DBCreated')).toEqual(first);
    expect(statusOf(view, structuredClone(first), now + 3_600_000, [], undefined, 'DBCreated')).toEqual(first);
  });

  it('of a condition stay while only its words change, and move with its status', () => {
    const first = statusOf(viewOf({ DBSynced: open }));
    const later = statusOf(viewOf({ DBSynced: { ...open, reason: 'Other', message: 'other' } }), first, now + 60_000);
    expect(conditionOf(later, 'DBSynced')).toMatchObject({
      reason: 'Other',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const done = statusOf(viewOf(), later, now + 120_000);
    expect(conditionOf(done, 'DBSynced').lastTransitionTime).toBe('2026-01-01T00:02:00Z');
    expect(conditionOf(done, 'DBCreated').lastTransitionTime).toBe('2026-01-01T00:00:00Z');
  });

  it('of the state moves when it was left, even if it came back', () => {
    const first = statusOf(viewOf());
    expect(statusOf(viewOf(), first, now + 1000).machine.since).toBe(first.machine.since);
    const again = statusOf(viewOf(), first, now + 1000, [passage('Deployed'), passage('Ready')]);
    expect(again.machine.since).toBe('2026-01-01T00:00:01.000Z');
  });

  it('of the next try is told only while a Job has failed', () => {
    const attempts = { 'db-sync': { key: '{}', failures: 2 } };
    expect(statusOf(viewOf({}, { wakeAt: now + 5000 })).machine.retryAt).toBeUndefined();
    expect(statusOf(viewOf({}, { wakeAt: now + 5000, attempts })).machine).toMatchObject({
      attempts,
      retryAt: '2026-01-01T00:00:05.000Z',
    });
  });
});

describe('history', () => {
  it('keeps the last 20 arrows, the newest last', () => {
    let status: Status | undefined;
    for (let count = 0; count < 30; count++) status = statusOf(viewOf(), status, now, [passage(`S${count}`)]);
    expect(status?.machine.history.map((each) => each.to)).toEqual(
      Array.from({ length: 20 }, (_, at) => `S${at + 10}`),
    );
  });

  it('tells of each arrow what its terms read', () => {
    const view = viewOf({ DBCreated: fact('done', 'Job/keystone-db-create has succeeded') });
    const crossed = [
      { from: 'SecretsReady', to: 'DBCreated', terms: [{ name: 'done', step: 'DBCreated' }] as const },
      { from: 'DBCreated', to: 'Paused', terms: [{ name: 'lifecycle', is: 'paused' }] as const },
      { from: 'Bootstrapped', to: 'Ready', terms: [] },
    ];
    expect(passages(decisionTo('Ready', crossed), view, now).map((each) => each.why)).toEqual([
      'Job/keystone-db-create has succeeded',
      'the resource is live',
      'every step is done',
    ]);
  });
});

describe('size', () => {
  it.each([
    { what: 'ASCII', unit: 'x' },
    { what: 'Chinese', unit: '漢' },
    { what: 'emoji', unit: '😀' },
    { what: 'quotes, which JSON escapes', unit: '"' },
    { what: 'control characters, which JSON escapes most', unit: '\u0001' },
  ])('is at most 32 KiB where every message is endless $what', ({ unit }) => {
    const message = unit.repeat(50_000);
    const all = Object.fromEntries(steps.map((name) => [name, { ...fact('blocked', message), stalled: true }]));
    const failure = { reason: 'Invalid', message, terminal: true };
    const crossed = Array.from({ length: 25 }, () => ({
      from: 'Pending',
      to: 'SecretsReady',
      terms: [{ name: 'done', step: 'SecretsReady' }] as const,
    }));
    const view = viewOf(all);
    const passed = passages(decisionTo('Pending', crossed), view, now);
    const status = statusOf(view, undefined, now, passed, failure, 'Pending');
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThan(32 * 1024);
    expect(conditionOf(status, 'Ready').message.length).toBeGreaterThan(100);
  });

  it('cuts no character in two: the API server would store another text, and each look would write again', () => {
    for (const lead of ['', 'x', 'xx', 'xxx']) {
      const status = statusOf(viewOf({ DBSynced: { ...open, message: lead + '😀'.repeat(5000) } }));
      expect(status.waitingFor?.isWellFormed()).toBe(true);
      expect(status.waitingFor?.endsWith('…')).toBe(true);
    }
  });
});

describe('storedStatus', () => {
  it.each([
    undefined,
    null,
    'x',
    {},
    { machine: null },
    { machine: { state: 7, version: 1 } },
    { machine: { state: 'Ready' } },
  ])('is nothing where it says %j', (status) => {
    expect(storedStatus({ ...cr(), status })).toBeUndefined();
  });

  it('takes what can be used of a spoilt one', () => {
    const spoilt = { conditions: 'x', machine: { state: 'Ready', version: 1, since: 5, history: {} } };
    expect(storedStatus({ ...cr(), status: spoilt })).toMatchObject({
      conditions: [],
      observedGeneration: 0,
      machine: { state: 'Ready', version: 1, history: [] },
    });
  });

  it('reads back what was written', () => {
    const status = statusOf(viewOf({ DBSynced: open }), undefined, now, [passage('DBCreated')], undefined, 'DBCreated');
    expect(storedStatus(cr(status))?.machine).toEqual(status.machine);
  });
});
