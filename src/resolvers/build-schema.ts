import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { RefusedError, RetryLaterError } from '../schema/user-error.js';
import { AttestationResolver } from './attestation.js';
import { authChecker } from './auth-checker.js';
import { CancelMessageResolver } from './cancel-message.js';
import { ConsentFields } from './consent-fields.js';
import { ConsentFunnelResolver } from './consent-funnel.js';
import { ConsentTransitionsFeedResolver } from './consent-transitions-feed.js';
import { ConsentTransitionsResolver } from './consent-transitions.js';
import { ContactByPhoneResolver } from './contact-by-phone.js';
import { ContactFields } from './contact-fields.js';
import { ContactResolver } from './contact.js';
import { ContactsResolver } from './contacts.js';
import { CreateContactResolver } from './create-contact.js';
import { EraseContactResolver } from './erase-contact.js';
import { FeedCursorResolver } from './feed-cursor.js';
import { MessageFields } from './message-fields.js';
import { MessageUpdatesResolver } from './message-updates.js';
import { markActions } from './needed-actions.js';
import { NodeResolver } from './node.js';
import { OrganizationResolver } from './organization.js';
import { QueueMessageResolver } from './queue-message.js';
import { RecordConsentResolver } from './record-consent.js';
import { ResendOptInResolver } from './resend-opt-in.js';
import { SendOptInResolver } from './send-opt-in.js';
import { SwitchToSmsResolver } from './switch-to-sms.js';
import { TransitionFields } from './transition-fields.js';
import { ViewerResolver } from './viewer.js';
import { WithdrawConsentResolver } from './withdraw-consent.js';

/** The one schema, the same on every transport. It holds no state: all that it needs is in each operation's context. */
export function buildAssentSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      ViewerResolver,
      OrganizationResolver,
      NodeResolver,
      ContactResolver,
      ContactByPhoneResolver,
      ContactsResolver,
      ConsentTransitionsResolver,
      FeedCursorResolver,
      ConsentFunnelResolver,
      AttestationResolver,
      CreateContactResolver,
      SendOptInResolver,
      ResendOptInResolver,
      QueueMessageResolver,
      CancelMessageResolver,
      SwitchToSmsResolver,
      RecordConsentResolver,
      WithdrawConsentResolver,
      EraseContactResolver,
      ConsentTransitionsFeedResolver,
      MessageUpdatesResolver,
      ContactFields,
      ConsentFields,
      MessageFields,
      TransitionFields,
    ],
    // No field names them: they come only as the UserError that they implement.
    orphanedTypes: [RefusedError, RetryLaterError],
    authChecker,
    validate: false,
    // Demanded by the library but never used: every subscription reads the feed, and a mutation publishes nothing.
    pubSub: {
      publish: () => undefined,
      subscribe: () => {
        throw new Error('subscriptions read the feed');
      },
    },
  });
  markActions(schema);
  describeRoot(schema.getQueryType(), 'What can be read. Reading changes nothing.');
  describeRoot(
    schema.getMutationType(),
    'What can be done. What the rules do not allow is told in `userErrors` of the payload; then nothing was changed.',
  );
  describeRoot(
    schema.getSubscriptionType(),
    'What can be watched, on WebSocket (graphql-transport-ws) or as server-sent events.',
  );
  return schema;
}

/** The public API as text, in one stable order: what schema.graphql holds. */
export function schemaText(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** The library has no place for the descriptions of the root types. */
function describeRoot(type: { description: string | null | undefined } | null | undefined, description: string): void {
  if (type) type.description = description;
}
