import { urlencoded, type Express, type NextFunction, type Request, type Response } from 'express';
import type { Access } from './access.ts';
import { Problem } from './api/problem.ts';
import { html } from './html.ts';
import type { Page } from './pages/page.ts';

const cookie = 'openstack-operator-token';
const hours = 8;

type Send = (request: Request, response: Response, page: Page) => Promise<void>;

/** The bearer token of a request: of its header, or of the cookie that a browser got when it signed in. */
export function tokenOf(request: Request): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.get('Authorization') ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const cookies = (request.get('Cookie') ?? '').split(/; */);
  const found = cookies.find((pair) => pair.startsWith(`${cookie}=`));
  return found === undefined ? undefined : found.slice(cookie.length + 1) || undefined;
}

/**
 * A page to sign in with a token, which the browser then keeps in a cookie that no script can read and no other site
 * can send. The token is never in an address.
 */
export function mountSession(app: Express, access: Access, send: Send): void {
  app.get('/sign-in', (request: Request, response: Response) => send(request, response, signIn()));
  app.post(
    '/sign-in',
    sameOrigin,
    urlencoded({ extended: false, limit: '64kb' }),
    async (request: Request, response: Response) => {
      const { token } = (request.body ?? {}) as { token?: unknown };
      const given = typeof token === 'string' ? token.trim() : '';
      if (!/^[\w.~+/=-]{1,16384}$/.test(given)) {
        response.status(400);
        await send(request, response, signIn('That is no token: it is one long word of letters, digits and dots.'));
        return;
      }
      request.headers.authorization = `Bearer ${given}`;
      try {
        await access(request);
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 401) throw error;
        response.status(401);
        await send(request, response, signIn(`It was not taken: ${error.message}.`));
        return;
      }
      response.cookie(cookie, given, options(request)).redirect(303, '/');
    },
  );
  app.post('/sign-out', sameOrigin, (request: Request, response: Response) => {
    const { maxAge: _, ...rest } = options(request);
    response.clearCookie(cookie, rest).redirect(303, '/sign-in');
  });
}

function options(request: Request) {
  return {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    secure: request.secure,
    maxAge: hours * 3_600_000,
    encode: String,
  } as const;
}

/** A form of another site must not sign anybody in or out. */
function sameOrigin(request: Request, _response: Response, next: NextFunction): void {
  const origin = request.get('Origin');
  const isSame = origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.get('Host');
  next(isSame ? undefined : new Problem(403, 'Not from here', 'sign in on this page itself'));
}

function signIn(trouble?: string): Page {
  const body = html`<h1>Sign in</h1>
    ${trouble === undefined ? '' : html`<p class="sentence failed">${trouble}</p>`}
    <form method="post" action="/sign-in">
      <label>Token<input type="password" name="token" autocomplete="off" required size="60" /></label>
      <p><button>Sign in</button></p>
    </form>
    <p class="note">You see the resources that this token may list. A ServiceAccount's token:</p>
    <pre>kubectl create token NAME -n NAMESPACE</pre>`;
  return { title: 'Sign in', path: '/sign-in', body };
}
