import { lifecycleRows, type Row } from './table.ts';

/** One arrow back for each step that is lost: step → where it comes to rest. */
function lost(at: string, upTo: string, rests: Readonly<Record<string, string>>): Row[] {
  return Object.entries(rests).map(([step, to]) => ({ at, upTo, but: [step, 'lost'], rests: to, arrows: 1 }));
}

/**
 * Steps in their order, and nothing else: it rests before the first that is not done, whatever is done after it, and goes
 * back to before one that is lost.
 */
function inOrder(...steps: readonly [string, ...string[]]): Row[] {
  const states = ['Pending', ...steps];
  const before = (step: string): string => states[states.indexOf(step) - 1] ?? '';
  const last = steps.at(-1) ?? '';
  const back = (at: string, upTo: string): Row[] =>
    lost(at, upTo, Object.fromEntries(steps.slice(0, steps.indexOf(upTo) + 1).map((step) => [step, before(step)])));
  return [
    { at: 'Pending', upTo: '', rests: 'Pending' },
    { at: 'Pending', upTo: last, rests: 'Ready' },
    ...steps.flatMap((step): Row[] => [
      { at: before(step), upTo: before(step), but: [step, 'working'], rests: before(step) },
      { at: before(step), upTo: before(step), but: [step, 'failed'], rests: before(step) },
      { at: before(step), upTo: step, rests: step === last ? 'Ready' : step },
      ...back(step, step),
    ]),
    { at: last, upTo: last, rests: 'Ready' },
    { at: 'Ready', upTo: last, rests: 'Ready' },
    ...back('Ready', last),
    ...lifecycleRows([...states, 'Ready'], last),
  ];
}

/** A workload and nothing else. */
const oneStep: readonly Row[] = [
  { at: 'Pending', upTo: '', rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['Deployed', 'working'], rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['Deployed', 'failed'], rests: 'Pending' },
  { at: 'Pending', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Deployed', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Deployed', upTo: '', rests: 'Pending', arrows: 1 },
  { at: 'Ready', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Ready', upTo: '', but: ['Deployed', 'lost'], rests: 'Pending', arrows: 1 },
  ...lifecycleRows(['Pending', 'Deployed', 'Ready'], 'Deployed'),
];

/** A server with its secrets. */
const twoSteps: readonly Row[] = [
  { at: 'Pending', upTo: '', rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['SecretsReady', 'failed'], rests: 'Pending' },
  { at: 'Pending', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'Pending', upTo: 'Deployed', rests: 'Ready' },
  { at: 'SecretsReady', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'SecretsReady', upTo: 'SecretsReady', but: ['Deployed', 'blocked'], rests: 'SecretsReady' },
  { at: 'SecretsReady', upTo: '', rests: 'Pending' },
  { at: 'SecretsReady', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Deployed', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Deployed', upTo: 'Deployed', but: ['SecretsReady', 'lost'], rests: 'Pending', arrows: 1 },
  { at: 'Deployed', upTo: 'SecretsReady', rests: 'SecretsReady', arrows: 1 },
  { at: 'Ready', upTo: 'Deployed', rests: 'Ready' },
  { at: 'Ready', upTo: 'Deployed', but: ['SecretsReady', 'lost'], rests: 'Pending', arrows: 1 },
  { at: 'Ready', upTo: 'Deployed', but: ['Deployed', 'failed'], rests: 'SecretsReady', arrows: 1 },
  ...lifecycleRows(['Pending', 'SecretsReady', 'Deployed', 'Ready'], 'Deployed'),
];

/** A service with a database and an entry in the catalog. */
const service: readonly Row[] = [
  { at: 'Pending', upTo: '', rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['SecretsReady', 'blocked'], rests: 'Pending' },
  { at: 'Pending', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'Pending', upTo: 'DBSynced', rests: 'DBSynced' },
  { at: 'Pending', upTo: 'Bootstrapped', rests: 'Ready' },
  { at: 'SecretsReady', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'SecretsReady', upTo: 'SecretsReady', but: ['DBCreated', 'blocked'], rests: 'SecretsReady' },
  { at: 'SecretsReady', upTo: 'DBCreated', rests: 'DBCreated' },
  { at: 'SecretsReady', upTo: '', but: ['SecretsReady', 'lost'], rests: 'Pending' },
  { at: 'DBCreated', upTo: 'DBCreated', but: ['DBSynced', 'working'], rests: 'DBCreated' },
  { at: 'DBCreated', upTo: 'DBCreated', but: ['DBSynced', 'failed'], rests: 'DBCreated' },
  { at: 'DBCreated', upTo: 'DBSynced', rests: 'DBSynced' },
  { at: 'DBCreated', upTo: 'DBCreated', but: ['SecretsReady', 'lost'], rests: 'Pending' },
  { at: 'DBCreated', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'DBSynced', upTo: 'DBSynced', rests: 'DBSynced' },
  { at: 'DBSynced', upTo: 'Deployed', rests: 'Deployed' },
  { at: 'DBSynced', upTo: 'DBSynced', but: ['SecretsReady', 'lost'], rests: 'Pending' },
  { at: 'DBSynced', upTo: 'DBSynced', but: ['DBCreated', 'lost'], rests: 'SecretsReady' },
  { at: 'DBSynced', upTo: 'DBCreated', but: ['DBSynced', 'lost'], rests: 'DBCreated' },
  { at: 'Deployed', upTo: 'Deployed', rests: 'Deployed' },
  { at: 'Deployed', upTo: 'Deployed', but: ['Bootstrapped', 'working'], rests: 'Deployed' },
  { at: 'Deployed', upTo: 'Bootstrapped', rests: 'Ready' },
  { at: 'Deployed', upTo: 'Deployed', but: ['SecretsReady', 'lost'], rests: 'Pending', arrows: 1 },
  { at: 'Deployed', upTo: 'Deployed', but: ['DBCreated', 'failed'], rests: 'SecretsReady', arrows: 1 },
  { at: 'Deployed', upTo: 'Deployed', but: ['DBSynced', 'lost'], rests: 'DBCreated', arrows: 1 },
  { at: 'Deployed', upTo: 'Deployed', but: ['Deployed', 'todo'], rests: 'DBSynced', arrows: 1 },
  { at: 'Bootstrapped', upTo: 'Bootstrapped', rests: 'Ready' },
  { at: 'Bootstrapped', upTo: 'Bootstrapped', but: ['SecretsReady', 'lost'], rests: 'Pending', arrows: 1 },
  { at: 'Bootstrapped', upTo: 'Bootstrapped', but: ['DBCreated', 'lost'], rests: 'SecretsReady', arrows: 1 },
  { at: 'Bootstrapped', upTo: 'Bootstrapped', but: ['DBSynced', 'lost'], rests: 'DBCreated', arrows: 1 },
  { at: 'Bootstrapped', upTo: 'Bootstrapped', but: ['Deployed', 'lost'], rests: 'DBSynced', arrows: 1 },
  { at: 'Bootstrapped', upTo: 'Deployed', rests: 'Deployed', arrows: 1 },
  { at: 'Ready', upTo: 'Bootstrapped', rests: 'Ready' },
  { at: 'Ready', upTo: 'Bootstrapped', but: ['SecretsReady', 'lost'], rests: 'Pending', arrows: 1 },
  { at: 'Ready', upTo: 'Bootstrapped', but: ['DBCreated', 'lost'], rests: 'SecretsReady', arrows: 1 },
  { at: 'Ready', upTo: 'Bootstrapped', but: ['DBSynced', 'lost'], rests: 'DBCreated', arrows: 1 },
  { at: 'Ready', upTo: 'Bootstrapped', but: ['Deployed', 'todo'], rests: 'DBSynced', arrows: 1 },
  { at: 'Ready', upTo: 'Bootstrapped', but: ['Bootstrapped', 'lost'], rests: 'Deployed', arrows: 1 },
  ...lifecycleRows(
    ['Pending', 'SecretsReady', 'DBCreated', 'DBSynced', 'Deployed', 'Bootstrapped', 'Ready'],
    'Bootstrapped',
  ),
];

/** Three phases. */
const phases: readonly Row[] = [
  { at: 'Pending', upTo: '', rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['InfrastructureReady', 'working'], rests: 'Pending' },
  // What is done out of turn counts when its turn comes.
  { at: 'Pending', upTo: '', but: ['IdentityReady', 'done'], rests: 'Pending' },
  { at: 'Pending', upTo: 'InfrastructureReady', rests: 'InfrastructureReady' },
  { at: 'Pending', upTo: 'CoreServicesReady', rests: 'Ready' },
  { at: 'InfrastructureReady', upTo: 'InfrastructureReady', rests: 'InfrastructureReady' },
  {
    at: 'InfrastructureReady',
    upTo: 'InfrastructureReady',
    but: ['IdentityReady', 'failed'],
    rests: 'InfrastructureReady',
  },
  { at: 'InfrastructureReady', upTo: 'IdentityReady', rests: 'IdentityReady' },
  ...lost('InfrastructureReady', 'InfrastructureReady', { InfrastructureReady: 'Pending' }),
  { at: 'IdentityReady', upTo: 'IdentityReady', rests: 'IdentityReady' },
  { at: 'IdentityReady', upTo: 'IdentityReady', but: ['CoreServicesReady', 'blocked'], rests: 'IdentityReady' },
  { at: 'IdentityReady', upTo: 'CoreServicesReady', rests: 'Ready' },
  ...lost('IdentityReady', 'IdentityReady', { InfrastructureReady: 'Pending', IdentityReady: 'InfrastructureReady' }),
  { at: 'CoreServicesReady', upTo: 'CoreServicesReady', rests: 'Ready' },
  ...lost('CoreServicesReady', 'CoreServicesReady', {
    InfrastructureReady: 'Pending',
    IdentityReady: 'InfrastructureReady',
    CoreServicesReady: 'IdentityReady',
  }),
  { at: 'Ready', upTo: 'CoreServicesReady', rests: 'Ready' },
  ...lost('Ready', 'CoreServicesReady', {
    InfrastructureReady: 'Pending',
    IdentityReady: 'InfrastructureReady',
    CoreServicesReady: 'IdentityReady',
  }),
  ...lifecycleRows(
    ['Pending', 'InfrastructureReady', 'IdentityReady', 'CoreServicesReady', 'Ready'],
    'CoreServicesReady',
  ),
];

/** A service with a cell, and computes that come last. */
const withComputes: readonly Row[] = [
  { at: 'Pending', upTo: '', rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['SecretsReady', 'blocked'], rests: 'Pending' },
  { at: 'Pending', upTo: '', but: ['Bootstrapped', 'done'], rests: 'Pending' },
  { at: 'Pending', upTo: 'SecretsReady', rests: 'SecretsReady' },
  { at: 'Pending', upTo: 'ComputesReady', rests: 'Ready' },
  { at: 'SecretsReady', upTo: 'SecretsReady', but: ['DBCreated', 'working'], rests: 'SecretsReady' },
  { at: 'SecretsReady', upTo: 'DBCreated', rests: 'DBCreated' },
  ...lost('SecretsReady', 'SecretsReady', { SecretsReady: 'Pending' }),
  { at: 'DBCreated', upTo: 'DBCreated', but: ['DBSynced', 'failed'], rests: 'DBCreated' },
  { at: 'DBCreated', upTo: 'DBSynced', rests: 'DBSynced' },
  ...lost('DBCreated', 'DBCreated', { SecretsReady: 'Pending', DBCreated: 'SecretsReady' }),
  { at: 'DBSynced', upTo: 'DBSynced', but: ['CellReady', 'working'], rests: 'DBSynced' },
  { at: 'DBSynced', upTo: 'CellReady', rests: 'CellReady' },
  ...lost('DBSynced', 'DBSynced', { SecretsReady: 'Pending', DBCreated: 'SecretsReady', DBSynced: 'DBCreated' }),
  { at: 'CellReady', upTo: 'CellReady', but: ['Deployed', 'working'], rests: 'CellReady' },
  // The catalog entry is there before its turn: the workloads are what is waited for.
  { at: 'CellReady', upTo: 'CellReady', but: ['Bootstrapped', 'done'], rests: 'CellReady' },
  { at: 'CellReady', upTo: 'Deployed', rests: 'Deployed' },
  ...lost('CellReady', 'CellReady', {
    SecretsReady: 'Pending',
    DBCreated: 'SecretsReady',
    DBSynced: 'DBCreated',
    CellReady: 'DBSynced',
  }),
  { at: 'Deployed', upTo: 'Deployed', but: ['Bootstrapped', 'working'], rests: 'Deployed' },
  { at: 'Deployed', upTo: 'Bootstrapped', rests: 'Bootstrapped' },
  ...lost('Deployed', 'Deployed', {
    SecretsReady: 'Pending',
    DBCreated: 'SecretsReady',
    DBSynced: 'DBCreated',
    CellReady: 'DBSynced',
    Deployed: 'CellReady',
  }),
  { at: 'Bootstrapped', upTo: 'Bootstrapped', but: ['ComputesReady', 'working'], rests: 'Bootstrapped' },
  { at: 'Bootstrapped', upTo: 'ComputesReady', rests: 'Ready' },
  ...lost('Bootstrapped', 'Bootstrapped', {
    SecretsReady: 'Pending',
    DBCreated: 'SecretsReady',
    DBSynced: 'DBCreated',
    CellReady: 'DBSynced',
    Deployed: 'CellReady',
    Bootstrapped: 'Deployed',
  }),
  { at: 'ComputesReady', upTo: 'ComputesReady', rests: 'Ready' },
  ...lost('ComputesReady', 'ComputesReady', {
    SecretsReady: 'Pending',
    DBCreated: 'SecretsReady',
    DBSynced: 'DBCreated',
    CellReady: 'DBSynced',
    Deployed: 'CellReady',
    Bootstrapped: 'Deployed',
    ComputesReady: 'Bootstrapped',
  }),
  { at: 'Ready', upTo: 'ComputesReady', rests: 'Ready' },
  ...lost('Ready', 'ComputesReady', {
    SecretsReady: 'Pending',
    DBCreated: 'SecretsReady',
    DBSynced: 'DBCreated',
    CellReady: 'DBSynced',
    Deployed: 'CellReady',
    Bootstrapped: 'Deployed',
    ComputesReady: 'Bootstrapped',
  }),
  ...lifecycleRows(
    [
      'Pending',
      'SecretsReady',
      'DBCreated',
      'DBSynced',
      'CellReady',
      'Deployed',
      'Bootstrapped',
      'ComputesReady',
      'Ready',
    ],
    'ComputesReady',
  ),
];

/**
 * What each machine does, written by hand and derived from nothing: names of its steps → rows. A kind whose steps are
 * those of another one rests where that rests, whatever its children are.
 */
export const tables: Readonly<Record<string, readonly Row[]>> = {
  Deployed: oneStep,
  'Deployed NodesReady': inOrder('Deployed', 'NodesReady'),
  'SecretsReady Deployed': twoSteps,
  'SecretsReady DBCreated DBSynced Deployed Bootstrapped': service,
  'SecretsReady DBCreated DBSynced Deployed Bootstrapped NodesReady': inOrder(
    'SecretsReady',
    'DBCreated',
    'DBSynced',
    'Deployed',
    'Bootstrapped',
    'NodesReady',
  ),
  'SecretsReady DBCreated DBSynced CellReady Deployed Bootstrapped ComputesReady': withComputes,
  'InfrastructureReady IdentityReady CoreServicesReady': phases,
};
