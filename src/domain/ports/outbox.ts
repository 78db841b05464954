import type { Channel } from '../message/message.js';

/** What becomes of a message of unknown fate that no report comes for: it stays as it is, or is sent again, marked. */
export const unconfirmedPolicies = ['PARK', 'RESEND'] as const;

export type UnconfirmedPolicy = (typeof unconfirmedPolicies)[number];

/** A conversation that has something to send, leased to one sender. */
export type Claim = {
  readonly organizationId: string;
  readonly contactId: string;
  readonly channel: Channel;
  /** Which lease of the conversation it is: a later one is not ended with it. */
  readonly fence: string;
};

export interface Outbox {
  /** The texts of messages that are about to leave, in the order asked for; null for one that is gone. */
  contents(
    messages: readonly { readonly organizationId: string; readonly messageId: string }[],
  ): Promise<readonly (MessageContent | null)[]>;
  /**
   * Leases conversations that are due, the longest waiting of each organization and channel first, these in turn and
   * none faster than its pace.
   */
  claim(options: {
    readonly now: Date;
    readonly leaseMs: number;
    readonly limit: number;
    /** How many of one organization's channel may be taken; fewer where `underWay` names it. */
    readonly laneLimit: number;
    readonly underWay: readonly Lane[];
  }): Promise<readonly Claim[]>;
  /** Ends a lease. */
  release(claims: readonly Claim[]): Promise<void>;
  /** When the next conversation may be claimed; null when none waits. */
  nextDueAt(): Promise<Date | null>;
  /** Lets nothing of an organization's channel be claimed before a time. */
  pause(lane: Omit<Lane, 'count'>, until: Date): Promise<void>;
  /** Conversations with messages that were held for longer than since then. */
  heldSince(options: { readonly since: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
  /** Messages of unknown fate since then, of organizations that want them sent again. */
  unconfirmedSince(options: {
    readonly since: Date;
    readonly limit: number;
  }): Promise<readonly (ConversationKey & { readonly messageId: string })[]>;
  /** Conversations that wait for a channel which is served, or tried, again. */
  channelBack(options: { readonly now: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
  /** Requests that have waited out the resend interval. */
  unanswered(options: { readonly now: Date; readonly limit: number }): Promise<readonly ConversationKey[]>;
}

/** What a message says, its language, and the request that its buttons name. */
export type MessageContent = {
  readonly body: string;
  readonly locale: string | null;
  readonly requestId: string | null;
};

export type ConversationKey = { readonly organizationId: string; readonly contactId: string };

/** One organization's channel, with how much of it is under way. */
export type Lane = { readonly organizationId: string; readonly channel: Channel; readonly count: number };
