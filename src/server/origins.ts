import type { IncomingHttpHeaders } from 'node:http';

/** Whose pages may call us. Servers and command lines name no origin: what they may do, their token says. */
export type Origins = {
  /** Whether a socket may be opened: not by a page of an origin that is neither our own nor allowed. */
  readonly mayConnect: (headers: IncomingHttpHeaders) => boolean;
  /** Whether a query by GET is run as it comes: not for a page of another site whose browser did not ask first. */
  readonly mayAsk: (headers: IncomingHttpHeaders) => boolean;
  /** Whether a page of this origin may read what we answer it over HTTP. */
  readonly allows: (origin: string) => boolean;
  readonly any: boolean;
};

/** A browser lets any page open a socket to any server and says only which page it was; for HTTP it asks first (CORS). */
export function createOrigins(options: {
  readonly allowed: readonly string[];
  /** Where the outside reaches us, if that is not the address that is asked for. */
  readonly publicUrl?: string | null;
}): Origins {
  const any = options.allowed.includes('*');
  const allowed = new Set(options.allowed);
  const own = options.publicUrl == null ? null : new URL(options.publicUrl).origin;
  const mayConnect: Origins['mayConnect'] = ({ origin, host }) =>
    origin === undefined || any || allowed.has(origin) || origin === own || isOfHost(origin, host);
  return {
    any,
    allows: (origin) => any || allowed.has(origin),
    mayConnect,
    mayAsk: (headers) => {
      // No page can set it on another site's request without the browser asking us first.
      if (headers.authorization !== undefined) return true;
      return headers.origin === undefined ? !isOfOtherSite(headers) : mayConnect(headers);
    },
  };
}

/** What a browser says of an image, a link or a script; whoever is no browser says nothing. */
function isOfOtherSite({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === 'cross-site' || site === 'same-site';
}

/** The scheme may differ: whoever ends TLS before us passes on the host alone. */
function isOfHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  const asked = `${page.protocol}//${host}`;
  return URL.canParse(asked) && page.host !== '' && page.host === new URL(asked).host;
}
