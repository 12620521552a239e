import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digest, live, scopeWith } from '../../test/support/scope.ts';
import { Shell } from '../../test/support/shell.ts';
import { Builtin } from '../kube/object.ts';
import { fill } from './engine/text.ts';
import { mariadb } from './mariadb.ts';

const secret = live(Builtin.Secret, 'a-root-password', { digests: { password: digest('p') } });

function fileOf(name: string): string {
  const config = mariadb.children.find(({ id }) => id === 'config');
  const spec = mariadb.declaration.spec.parse({});
  const due = config?.look(scopeWith<unknown>({ kind: 'MariaDB', spec, objects: [secret] })).due;
  if (due?.verb !== 'create') throw new Error('the configuration is not written');
  return fill(due.files?.[name] ?? [], () => 'pw');
}

const install = 'for word; do case $word in --datadir=*) mkdir "${word#--datadir=}";; esac; done';
let shell: Shell;
beforeEach(() => void (shell = new Shell({ 'mariadb-install-db': install, mariadbd: '' })));
afterEach(() => shell.end());
const start = () => shell.run(fileOf('start.sh'), { '/var/lib/mysql/': '', '/etc/mariadb/': '' }).status;

describe('the start of MariaDB', () => {
  it('sets the password of root each time: the image takes none from the environment', () => {
    for (const _ of ['first', 'again']) {
      expect(start()).toBe(0);
      expect(shell.calls().at(-1)).toBe('mariadbd --defaults-file=my.cnf --init-file=init.sql');
    }
    for (const host of ['%', 'localhost'])
      expect(fileOf('init.sql').split('\n')).toContain(`ALTER USER 'root'@'${host}' IDENTIFIED BY 'pw';`);
  });

  it('installs once, and again only where that was interrupted', () => {
    shell.program('mariadb-install-db', `${install}; exit 1`);
    expect(start()).not.toBe(0);
    expect(shell.calls().map((call) => call.split(' ')[0])).toEqual(['mariadb-install-db']);
    shell.program('mariadb-install-db', install);
    expect(start()).toBe(0);
    expect(shell.calls().map((call) => call.split(' ')[0])).toEqual(['mariadb-install-db', 'mariadbd']);
    expect(start()).toBe(0);
    expect(shell.calls().map((call) => call.split(' ')[0])).toEqual(['mariadbd']);
  });
});
