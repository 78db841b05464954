import { OverviewDocument } from './generated/graphql.js';
import { publishedHash } from './published-hash.js';
import { settings } from './settings.js';

// A query with an address of its own. Variables go into "?variables=", as JSON.
const response = await fetch(`${settings.url}/graphql/d/${publishedHash(OverviewDocument)}`, {
  headers: { authorization: `Bearer ${settings.key}` },
});
console.log(JSON.stringify(await response.json()));
if (!response.ok) process.exitCode = 1;
