import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '../kube/errors.ts';
import { Builtin } from '../kube/object.ts';
import { VirtualClock } from '../kube/virtual-clock.ts';
import { createLog, logFor, LogRedactor, type LogOptions } from './log.ts';

let lines: string[];
let redactor: LogRedactor;

beforeEach(() => {
  lines = [];
  redactor = new LogRedactor();
});

function log(options: Partial<LogOptions> = {}) {
  const destination = { write: (line: string) => lines.push(line) };
  return createLog({ clock: new VirtualClock(), destination, redactor, ...options });
}

const written = () => JSON.parse(lines.join('')) as Record<string, unknown>;

describe('the log', () => {
  it('writes JSON lines with the time of the clock', () => {
    log().info({ attempt: 3 }, 'hello');
    expect(written()).toEqual({ level: 'info', time: '2026-01-01T00:00:00.000Z', attempt: 3, msg: 'hello' });
  });

  it('leaves out what is below its level', () => {
    log({ level: 'warn' }).info('hello');
    expect(lines).toEqual([]);
  });

  it('names the resource in every line of its child', () => {
    logFor(log(), Builtin.Deployment, { namespace: 'openstack', name: 'keystone' }).info('hello');
    expect(written()).toMatchObject({ resource: 'deployments.apps', namespace: 'openstack', name: 'keystone' });
  });

  it.each([
    { what: 'a Secret', fields: { secret: { kind: 'Secret', data: { password: 'hunter2' } } } },
    { what: 'the data itself', fields: { data: { password: 'hunter2' } } },
    { what: 'stringData', fields: { object: { stringData: { a: 'hunter2' } } } },
    { what: 'a password', fields: { a: { b: { password: 'hunter2' } } } },
    { what: 'headers', fields: { request: { headers: { authorization: 'hunter2' } } } },
    { what: 'headers of a nested request', fields: { err: { request: { headers: { Authorization: 'hunter2' } } } } },
  ])('does not show $what', ({ fields }) => {
    log().info(fields, 'look');
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('')).toContain('***');
  });

  it('replaces known secrets wherever they turn up, also in JSON, in a URL or in base64', () => {
    redactor.add('pa"ss/wörd');
    const text = `pa"ss/wörd ${encodeURIComponent('pa"ss/wörd')} ${Buffer.from('pa"ss/wörd').toString('base64')}`;
    log().error({ err: new Error(text), note: text }, text);
    expect(lines.join('')).not.toMatch(/ss\/w|ss%2Fw/);
    expect(written()).toMatchObject({ note: '*** *** ***', msg: '*** *** ***', err: { message: '*** *** ***' } });
  });

  it('replaces the credentials of URLs and leaves the rest readable', () => {
    log().info('connecting to mysql+pymysql://keystone:hunter2@mariadb/keystone from https://host:1/a@b');
    expect(written()['msg']).toBe('connecting to mysql+pymysql://***@mariadb/keystone from https://host:1/a@b');
  });

  it('does not take very short strings for secrets', () => {
    redactor.add('a');
    log().info('banana');
    expect(written()['msg']).toBe('banana');
  });
});

describe('the log as text', () => {
  it('is one readable line', () => {
    log({ format: 'text' }).warn({ attempt: 3, after: '5 s', key: 'a/b' }, 'waiting for MariaDB');
    expect(lines).toEqual(['00:00:00.000 WARN  waiting for MariaDB  attempt=3  after="5 s"  key=a/b\n']);
  });

  it('shows the stack of an error below it', () => {
    log({ format: 'text' }).error({ err: new ApiError('Conflict', 'too late') }, 'failed');
    expect(lines[0]).toMatch(/^00:00:00.000 ERROR failed\n {4}ApiError: too late\n {8}at .*\n/);
  });

  it('keeps secrets out as well', () => {
    redactor.add('hunter2hunter2');
    log({ format: 'text' }).info({ password: 'x', note: 'is hunter2hunter2' }, 'look');
    expect(lines).toEqual(['00:00:00.000 INFO  look  password=***  note="is ***"\n']);
  });
});
