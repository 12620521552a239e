import type { KubeClient } from '../../src/kube/client.ts';
import type { Clock } from '../../src/kube/ports.ts';
import type { Kind } from '../../src/machines/engine/kind.ts';
import { defaultSettings } from '../../src/machines/engine/settings.ts';
import { fenced } from '../../src/runtime/fence.ts';
import { LeaderElector } from '../../src/runtime/lease.ts';
import { createLog } from '../../src/runtime/log.ts';
import { createOperator } from '../../src/runtime/operator.ts';
import { seeded } from '../../src/sandbox/test-world.ts';
import type { World } from '../../src/sandbox/world.ts';
import { clientOf } from './faulty-client.ts';
import type { Network } from './network.ts';
import { Process } from './process.ts';

/** A mistake put into the operator from outside, through one of its ports. */
export interface Defect {
  readonly kinds?: (kinds: readonly Kind[]) => readonly Kind[];
  readonly client?: (client: KubeClient, clock: Clock) => KubeClient;
  readonly clock?: (process: Process) => Clock;
  readonly fence?: (client: KubeClient, mayWrite: () => boolean) => KubeClient;
  /** `nobody asks`: each process leads as it starts. `nobody yields`: who has led once leads for ever. */
  readonly election?: 'nobody asks' | 'nobody yields';
}

export interface FleetOptions {
  readonly world: World;
  readonly clock: Clock;
  readonly network: Network;
  readonly kinds: readonly Kind[];
  readonly seed: number;
  /** How many processes there are; more than one elect a leader. */
  readonly size: number;
  readonly defect: Defect;
  /** Where the lines of their logs go. */
  readonly log: string[];
  /** Something that should never happen to a process happened. */
  readonly onBroken: (message: string) => void;
}

export const ownNamespace = 'operator';

/** The operator's processes, put together as `main.ts` does it; one that dies is started again, as a kubelet would. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #processes = new Map<number, Process>();
  #started = 0;
  #isOver = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  get starts(): number {
    return this.#started;
  }

  /** Every place has a process that runs. */
  get isWhole(): boolean {
    const { size } = this.#options;
    const running = [...this.#processes.values()].filter((process) => !process.isDead && !process.isPaused);
    return running.length === size;
  }

  start(): void {
    for (let place = 0; place < this.#options.size; place++) this.#boot(place);
  }

  stop(): void {
    this.#isOver = true;
    for (const process of this.#processes.values()) process.kill();
  }

  #boot(place: number): void {
    const { clock, world, network, size, kinds, defect, seed, onBroken } = this.#options;
    const process = new Process(`operator-${++this.#started}`, clock);
    this.#processes.set(place, process);
    let end = (): void => {};
    process.onDeath = () => {
      end();
      if (!this.#isOver) clock.after(1_000, () => void (this.#isOver || this.#boot(place)));
    };
    const time = defect.clock?.(process) ?? process.clock;
    const random = seeded(seed * 1000 + this.#started);
    const wire = clientOf(process, network, world.client({ watchLagMs: () => network.weather?.lagMs() ?? 0 }));
    const client = defect.client?.(wire, process.clock) ?? wire;
    const log = createLog({
      clock: time,
      destination: { write: (line: string) => void (process.isDead || this.#options.log.push(line)) },
    });
    let gained = (): void => {};
    const lead = new Promise<void>((resolve) => (gained = resolve));
    const elector = new LeaderElector({
      client: wire,
      clock: time,
      random,
      namespace: ownNamespace,
      name: 'openstack-operator',
      identity: process.identity,
      onGained: () => {
        hasLed = true;
        gained();
      },
      onLost: () => void (defect.election === 'nobody yields' || process.kill()),
      onError: (error) => log.warn({ err: error }, 'the Lease could not be read or renewed'),
    });
    const leadsAlone = size === 1 || defect.election === 'nobody asks';
    let hasLed = false;
    const isLeader = (): boolean => leadsAlone || elector.isLeader() || (hasLed && defect.election === 'nobody yields');
    const campaign = new AbortController();
    createOperator({
      client,
      fenced: (defect.fence ?? fenced)(client, isLeader),
      clock: time,
      random,
      kinds: defect.kinds?.(kinds) ?? kinds,
      settings: defaultSettings,
      identity: process.identity,
      ownNamespace,
      log,
    }).then(
      (operator) => {
        end = () => {
          operator.kill();
          campaign.abort();
        };
        if (process.isDead) return end();
        if (leadsAlone) gained();
        else void elector.run(campaign.signal);
        void lead
          .then(() => operator.lead())
          .catch((error: unknown) => onBroken(`the operator failed: ${String(error)}`));
      },
      // As main.ts, which ends with an error.
      () => process.kill(),
    );
  }
}
