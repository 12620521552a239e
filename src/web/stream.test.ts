import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { beforeEach, describe, expect, it } from 'vitest';
import { kinds } from '../machines/index.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import type { KubeObject } from '../kube/object.ts';
import type { OperatorView } from '../runtime/view.ts';
import type { Reader } from './access.ts';
import { Stream } from './stream.ts';

/** The server's side of a connection whose other side reads when the test says so. */
class FakeResponse extends EventEmitter {
  readonly written: string[] = [];
  isFull = false;
  destroyed = false;
  writableEnded = false;
  writableLength = 0;
  writeHead(): this {
    return this;
  }
  write(text: string): boolean {
    this.written.push(text);
    return !this.isFull;
  }
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
  end(): void {
    this.writableEnded = true;
    this.emit('close');
  }
  get events(): string[] {
    return this.written.filter((text) => text.startsWith('id: '));
  }
}

const clock = new VirtualClock();
let told: (key: string) => void;
let generation: number;
let stream: Stream;

const cr = (name: string): KubeObject => ({
  apiVersion: 'openstack.k8s.io/v1alpha1',
  kind: 'Keystone',
  metadata: { name, namespace: 'ns', uid: name, generation },
});

beforeEach(() => {
  generation = 0;
  const view = {
    kinds,
    find: (_: unknown, { name }: { name: string }) => (name === 'gone' ? undefined : cr(name)),
    subscribe: (listener: (key: string) => void) => {
      told = listener;
      return () => {};
    },
  } as unknown as OperatorView;
  stream = new Stream({ view, clock, epoch: 'e1', ringSize: 5, mostClients: 2 });
});

async function change(name: string): Promise<void> {
  generation += 1;
  told(`Keystone/ns/${name}`);
  await Promise.resolve();
}

const everything: Reader = { sees: () => true };

function open(lastEventId?: string, filter = {}, reader = everything): FakeResponse {
  const response = new FakeResponse();
  expect(stream.open(response as unknown as Response, reader, filter, lastEventId)).toBe(true);
  return response;
}

describe('the stream', () => {
  it('begins with a reset where nobody knows what was seen', async () => {
    expect(open().events).toEqual(['id: e1-0\nevent: reset\ndata: {}\n\n']);
    await change('a');
    expect(open('e0-0').events[0]).toContain('event: reset');
    expect(open.length).toBe(1);
  });

  it('goes on after the last event that was seen, and tells nothing twice', async () => {
    for (const name of ['a', 'b', 'c']) await change(name);
    const { events } = open('e1-1');
    expect(events.map((text) => text.split('\n')[0])).toEqual([]);
    const late = open('e1-1');
    await Promise.resolve();
    expect(late.events.map((text) => text.split('\n')[0])).toEqual(['id: e1-2', 'id: e1-3']);
    await change('d');
    expect(late.events.at(-1)).toContain('id: e1-4');
  });

  it('resets who was away for longer than it remembers, and who comes from the future', async () => {
    for (let count = 0; count < 9; count++) await change('a');
    expect(open('e1-2').events[0]).toContain('event: reset');
    expect(open('e1-99').events[0]).toContain('event: reset');
  });

  it('tells what is gone', async () => {
    const response = open();
    await change('gone');
    expect(response.events.at(-1)).toContain('"isShown":true');
    expect(response.events.at(-1)).not.toContain('"summary"');
  });

  it('tells only what was asked for', async () => {
    const response = open(undefined, { name: 'b' });
    const other = open(undefined, { kind: 'MariaDB' });
    for (const name of ['a', 'b']) await change(name);
    expect(response.events.slice(1)).toHaveLength(1);
    expect(other.events.slice(1)).toHaveLength(0);
  });

  it('tells nobody of what they may not see', async () => {
    const response = open(undefined, {}, { sees: (_, namespace) => namespace !== 'ns' });
    await change('a');
    await change('gone');
    expect(response.events.slice(1)).toEqual([]);
  });

  it('keeps the latest of each resource for who does not read, and cuts them off in the end', async () => {
    const response = open();
    response.isFull = true;
    await change('a');
    for (let count = 0; count < 1000; count++) await change(count % 2 === 0 ? 'a' : 'b');
    expect(response.events).toHaveLength(2);
    expect(stream.queuedBytes).toBeLessThan(2_000);
    response.isFull = false;
    response.emit('drain');
    expect(response.events).toHaveLength(4);
    expect(response.events.at(-1)).toContain('"generation":1001');
    response.isFull = true;
    await change('a');
    await clock.advance(31_000);
    expect(response.destroyed).toBe(true);
    expect(stream.clients).toBe(0);
  });

  it('says that it is alive where nothing happens', async () => {
    const response = open();
    await clock.advance(31_000);
    expect(response.written.filter((text) => text.startsWith(': '))).toHaveLength(2);
  });

  it('takes only so many', () => {
    open();
    open();
    expect(stream.open(new FakeResponse() as unknown as Response, everything, {}, undefined)).toBe(false);
    stream.close();
    expect(stream.clients).toBe(0);
  });
});
