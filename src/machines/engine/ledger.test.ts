import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, otherDigest } from '../../../test/support/scope.ts';
import {
  changedTerms,
  emptyLedger,
  isSameTerm,
  isWorthKeeping,
  keyText,
  learn,
  ledgerText,
  parseKey,
  readLedger,
  type Ledger,
} from './ledger.ts';

const word = fc.string({ minLength: 1, maxLength: 12 });
const words = fc.dictionary(word, word, { maxKeys: 4 });
const ledgers: fc.Arbitrary<Ledger> = fc.record(
  {
    owner: word,
    dataID: word,
    release: word,
    jobs: fc.dictionary(word, words, { maxKeys: 3 }),
    settled: words,
    digests: words,
    volumes: words,
    answers: words,
    handled: words,
  },
  { requiredKeys: ['jobs', 'settled', 'digests', 'volumes', 'answers', 'handled'] },
);

const known: Ledger = {
  owner: 'uid-1',
  dataID: 'data-1',
  release: '2025.1',
  jobs: { 'db-sync': { image: 'keystone:1', database: 'data-1' } },
  settled: { api: 'keystone:1' },
  digests: { 'db-password/password': digest('a') },
  volumes: { images: 'uid-2' },
  answers: { 'cell-setup': 'cell-1' },
  handled: { retry: '1' },
};

describe('learn', () => {
  it('adds what is new, replaces what is known otherwise, and takes out what is undefined', () => {
    const next = learn(
      known,
      { dataID: 'data-2', jobs: { 'db-sync': undefined, bootstrap: { url: 'u' } } },
      { handled: { rotate: 'x=1' }, settled: { api: 'keystone:2' } },
    );
    expect(next).toEqual({
      ...known,
      dataID: 'data-2',
      jobs: { bootstrap: { url: 'u' } },
      settled: { api: 'keystone:2' },
      handled: { retry: '1', rotate: 'x=1' },
    });
  });

  it('does not forget what a lesson leaves undefined at the top', () => {
    expect(learn(known, { owner: undefined, dataID: undefined, release: undefined })).toEqual(known);
  });

  it('comes to the same by lessons one after the other, and learns nothing from what it knows', () => {
    fc.assert(
      fc.property(ledgers, ledgers, ledgers, (a, b, c) => {
        expect(ledgerText(learn(a, b, c))).toBe(ledgerText(learn(learn(a, b), c)));
        expect(ledgerText(learn(a, a))).toBe(ledgerText(a));
        expect(learn(a, b).jobs).toMatchObject(b.jobs);
      }),
    );
  });

  it('changes neither argument', () => {
    const before = structuredClone(known);
    learn(known, { jobs: { 'db-sync': undefined }, digests: { a: 'b' } });
    expect(known).toEqual(before);
  });
});

describe('ledgerText', () => {
  it('is read back as it was, from either place', () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        expect(ledgerText(readLedger(ledgerText(ledger), undefined))).toBe(ledgerText(ledger));
        expect(ledgerText(readLedger(undefined, ledger))).toBe(ledgerText(ledger));
      }),
    );
  });

  it('does not depend on the order in which things were learned', () => {
    const a = learn(emptyLedger, { jobs: { a: { x: '1', y: '2' }, b: {} } });
    const b = learn(emptyLedger, { jobs: { b: {} } }, { jobs: { a: { y: '2', x: '1' } } });
    expect(ledgerText(a)).toBe(ledgerText(b));
  });
});

describe('readLedger', () => {
  it.each([
    { what: 'nothing', durable: undefined, stored: undefined },
    { what: 'no JSON', durable: '{"jobs":', stored: 'text' },
    { what: 'JSON that is no object', durable: '[1]', stored: null },
    {
      what: 'values of other types',
      durable: '{"jobs":[],"dataID":7,"handled":"x"}',
      stored: { jobs: 3, digests: [1] },
    },
  ])('knows nothing where it finds $what', ({ durable, stored }) => {
    expect(readLedger(durable, stored)).toEqual(emptyLedger);
  });

  it('keeps what can be read beside what cannot', () => {
    const text = JSON.stringify({ jobs: { a: { x: '1', y: 2 }, b: 'x' }, dataID: 'd', release: 1 });
    expect(readLedger(text, undefined)).toEqual({ ...emptyLedger, jobs: { a: { x: '1' } }, dataID: 'd' });
  });

  it('believes the durable copy of what may never be forgotten', () => {
    const stale = { ...known, dataID: 'data-0', jobs: { 'db-sync': { image: 'keystone:0' } }, handled: { retry: '0' } };
    expect(readLedger(ledgerText(known), stale)).toMatchObject({
      dataID: 'data-1',
      jobs: known.jobs,
      handled: { retry: '1' },
    });
  });

  it('believes the status of owner, settled and digests, which are not worth a write of their own', () => {
    const fresh = { owner: 'uid-2', settled: { api: 'keystone:2' }, digests: { 'db-password/password': digest('b') } };
    expect(readLedger(ledgerText(known), { ...known, ...fresh })).toMatchObject(fresh);
  });

  it('knows all of it from the durable copy when the status is lost', () => {
    expect(readLedger(ledgerText(known), undefined)).toEqual(known);
  });
});

describe('isWorthKeeping', () => {
  it.each([
    { lesson: { jobs: { bootstrap: { url: 'u' } } }, worth: true },
    { lesson: { jobs: { 'db-sync': undefined } }, worth: true },
    { lesson: { dataID: 'data-2' }, worth: true },
    { lesson: { release: '2025.2' }, worth: true },
    { lesson: { handled: { rotate: 'x' } }, worth: true },
    { lesson: { owner: 'uid-2' }, worth: false },
    { lesson: { settled: { api: 'keystone:2' } }, worth: false },
    { lesson: { digests: { a: 'b' } }, worth: false },
    { lesson: {}, worth: false },
  ])('says $worth of $lesson', ({ lesson, worth }) => {
    expect(isWorthKeeping(learn(known, lesson), ledgerText(known))).toBe(worth);
  });

  it('says so where the durable copy is missing or unreadable, unless there is nothing to keep', () => {
    expect(isWorthKeeping(known, undefined)).toBe(true);
    expect(isWorthKeeping(known, '{')).toBe(true);
    expect(isWorthKeeping(emptyLedger, undefined)).toBe(false);
  });
});

describe('changedTerms', () => {
  const before = { image: 'a', password: digest('one') };

  it.each([
    { after: before, changed: [] },
    { after: { ...before, image: 'b' }, changed: ['image'] },
    { after: { ...before, password: digest('two') }, changed: ['password'] },
    { after: { image: 'a' }, changed: ['password'] },
    { after: { ...before, region: 'r' }, changed: ['region'] },
    { after: { ...before, password: otherDigest('two') }, changed: [] },
    { after: { ...before, password: '' }, changed: ['password'] },
    { after: { image: 'c', password: digest('x'), url: 'u' }, changed: ['image', 'password', 'url'] },
  ])('of $after are $changed', ({ after, changed }) => {
    expect(changedTerms(before, after)).toEqual(changed);
    expect(changedTerms(after, before)).toEqual(changed);
  });

  it('counts digests as equal only where both are digests, of different keys', () => {
    expect(isSameTerm(digest('a'), otherDigest('b'))).toBe(true);
    expect(isSameTerm(digest('a'), digest('b'))).toBe(false);
    expect(isSameTerm(digest('a'), 'something else')).toBe(false);
    expect(isSameTerm('deadbeef:short', otherDigest('b'))).toBe(false);
    expect(isSameTerm(undefined, otherDigest('b'))).toBe(false);
  });
});

describe('keyText', () => {
  it('is read back as it was, whatever the order of its terms', () => {
    fc.assert(
      fc.property(words, (key) => {
        const turned = Object.fromEntries(Object.entries(key).reverse());
        expect(keyText(turned)).toBe(keyText(key));
        expect(changedTerms(parseKey(keyText(key)) ?? { none: '' }, key)).toEqual([]);
      }),
    );
  });

  it.each([undefined, '', '[]', '"x"', 'null', '{'])('is no key where it says %j', (text) => {
    expect(parseKey(text)).toBeUndefined();
  });
});
