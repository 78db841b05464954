import type { PagedTransition } from './feed-verdict.js';

const PAGE = `query FeedPage($after: Cursor) {
  consentTransitions(after: $after, first: 100) {
    nodes { eventId contactVersion contact { id } }
    pageInfo { hasNextPage endCursor }
  }
}`;
const CONTACT = 'id consent { status }';
const FIND = `query Find($phone: PhoneNumber!) { contactByPhone(phone: $phone) { ${CONTACT} } }`;
const CREATE = `mutation Create($phone: PhoneNumber!) {
  createContact(input: { phone: $phone, name: "Feed check" }) { contact { ${CONTACT} } userErrors { message } }
}`;
const WRITE = {
  recordConsent:
    'mutation Record($id: ID!) { write: recordConsent(input: { contactId: $id, source: OTHER }) { userErrors { message } } }',
  withdrawConsent:
    'mutation Withdraw($id: ID!) { write: withdrawConsent(input: { contactId: $id, source: OTHER }) { userErrors { message } } }',
};

type Contact = { readonly id: string; readonly consent: { readonly status: string } };
type Refusals = { readonly userErrors: readonly { readonly message: string }[] };
type Page = {
  readonly nodes: readonly PagedTransition[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

/** What a check asks of a running server, as any other client could. Whatever is refused rejects with the reason. */
export function createFeedApi({ url, token }: { readonly url: string; readonly token: string | null }) {
  async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as { data?: Data; errors?: Refusals['userErrors'] };
    refuse(answer.errors ?? []);
    if (!answer.data) throw new Error(`${url} is no GraphQL endpoint.`);
    return answer.data;
  }

  return {
    head: async (): Promise<string> => (await ask<{ readonly feedCursor: string }>('{ feedCursor }')).feedCursor,

    pagesAfter: async (start: string): Promise<readonly PagedTransition[]> => {
      const found: PagedTransition[] = [];
      for (let after: string | null = start; after !== null;) {
        const { consentTransitions: page }: { consentTransitions: Page } = await ask(PAGE, { after });
        found.push(...page.nodes);
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      }
      return found;
    },

    /** The contact with this number, made if there is none. */
    contact: async (phone: string): Promise<Contact> => {
      const { contactByPhone } = await ask<{ contactByPhone: Contact | null }>(FIND, { phone });
      if (contactByPhone) return contactByPhone;
      const { createContact } = await ask<{ createContact: Refusals & { contact: Contact } }>(CREATE, { phone });
      refuse(createContact.userErrors);
      return createContact.contact;
    },

    /** Writes one transition. */
    write: async (id: string, what: keyof typeof WRITE): Promise<void> => {
      const { write } = await ask<{ write: Refusals }>(WRITE[what], { id });
      refuse(write.userErrors);
    },
  };
}

function refuse([refusal]: Refusals['userErrors']): void {
  if (refusal) throw new Error(refusal.message);
}
