import type { ConsentStatus } from '../../src/domain/consent/transitions.js';

type Asked = {
  readonly id: string;
  readonly attempt: number;
  readonly askedAt: number;
  takenAt: number | null;
  failed: boolean;
  readonly before: ConsentStatus;
  readonly turn: number;
};
type Deed = { readonly at: number; readonly own: boolean };

/** What a contact did, told to the model in whatever order it becomes known. */
export type ModelAnswer = {
  readonly at: Date;
  readonly meaning: 'YES' | 'NO' | 'STOP' | 'DOUBT' | 'OTHER';
  /** The request or prompt that it names, if any. */
  readonly names: string | null;
};

const second = (time: number): number => Math.floor(time / 1000);
const CLOCKS_DIFFER_MS = 60_000;

/**
 * The lifecycle once more, plainly, from the contract's words alone: no events, no messages, one variable for each
 * thing that the contract speaks of. Times are those of the acts; `turn` counts what became known.
 */
export function createConsentModel(rules: { readonly resendIntervalMs: number; readonly maxAttempts: number }) {
  let status: ConsentStatus = 'NOT_ASKED';
  /** The act that left doubt, and its turn. */
  let doubt: { readonly at: number; readonly turn: number } | null = null;
  let notBefore = 0;
  /** When the provider told that the contact wants nothing unasked. */
  let unwantedAt: number | null = null;
  let turn = 0;
  let settledTurn = 0;
  let yes: Deed | null = null;
  let yesTurn = 0;
  let stop: Deed | null = null;
  let stopTurn = 0;
  const asked: Asked[] = [];
  const prompts = new Map<string, number>();

  const pendingOne = () => asked.findLast((request) => request.turn > settledTurn && !request.failed);
  const waits = () => status === 'PENDING' || status === 'NO_RESPONSE';
  const shownAt = (name: string | null): number | null =>
    name === null ? null : (asked.find(({ id }) => id === name)?.turn ?? prompts.get(name) ?? null);

  function becomeIn(at: number, own: boolean): void {
    status = 'OPTED_IN';
    doubt = null;
    notBefore = 0;
    unwantedAt = null;
    if (!yes || at >= yes.at) yes = { at, own };
    yesTurn = settledTurn = ++turn;
  }

  function revoked(at: number, own: boolean): void {
    const sameSecond = stop !== null && second(stop.at) === second(at);
    const byContact = own || (sameSecond && stop?.own === true);
    if (!stop || at >= stop.at) stop = { at, own: byContact };
    else if (sameSecond) stop = { at: stop.at, own: stop.own || own };
    stopTurn = settledTurn = ++turn;
  }

  function becomeOut(at: number, own: boolean): void {
    status = 'OPTED_OUT';
    doubt = null;
    notBefore = 0;
    unwantedAt = null;
    revoked(at, own);
  }

  /** Whether a yes of that time still counts against what was revoked. */
  const yesCounts = (at: number): boolean =>
    !stop || (stop.own ? second(at) > second(stop.at) : second(at) >= second(stop.at));

  const isUnwanted = (wroteAt: Date | null): boolean =>
    unwantedAt !== null && (wroteAt === null || wroteAt.getTime() <= unwantedAt);

  function ask(id: string, attempt: number, now: Date): null {
    asked.push({ id, attempt, askedAt: now.getTime(), takenAt: null, failed: false, before: status, turn: ++turn });
    status = 'PENDING';
    doubt = null;
    notBefore = 0;
    return null;
  }

  return {
    status: (): ConsentStatus => status,
    unclear: (): boolean => doubt !== null,

    sendOptIn: (id: string, now: Date, wroteAt: Date | null): string | null => {
      if (isUnwanted(wroteAt)) return 'CONTACT_OPTED_OUT';
      if (waits()) return 'OPT_IN_PENDING';
      if (status === 'OPTED_IN') return 'ALREADY_OPTED_IN';
      if (status === 'OPTED_OUT') return 'CONTACT_OPTED_OUT';
      return now.getTime() < notBefore ? 'RESEND_TOO_SOON' : ask(id, 1, now);
    },

    resendOptIn: (id: string, now: Date, wroteAt: Date | null): string | null => {
      if (isUnwanted(wroteAt)) return 'CONTACT_OPTED_OUT';
      if (status === 'NOT_ASKED') return 'NOT_REQUESTED';
      if (status === 'OPTED_IN') return 'ALREADY_OPTED_IN';
      if (status === 'OPTED_OUT') return 'CONTACT_OPTED_OUT';
      if (status === 'UNREACHABLE') return 'CONTACT_UNREACHABLE';
      if (status === 'SUSPENDED') return 'CONTACT_SUSPENDED';
      const last = pendingOne();
      if (last && last.attempt >= rules.maxAttempts) return 'ATTEMPTS_EXHAUSTED';
      const cooledAt = last ? (last.takenAt ?? last.askedAt) + rules.resendIntervalMs : 0;
      if (now.getTime() < Math.max(cooledAt, notBefore)) return 'RESEND_TOO_SOON';
      return ask(id, (last?.attempt ?? 0) + 1, now);
    },

    requestTaken: (id: string, at: Date): void => {
      const request = asked.find((one) => one.id === id);
      if (request && !request.failed) request.takenAt ??= at.getTime();
    },

    requestFailed: (id: string, reachable: boolean, blockedUntil: Date | null, unwanted: Date | null): void => {
      const request = pendingOne();
      if (status !== 'PENDING' || request?.id !== id) return;
      request.failed = true;
      status = reachable ? request.before : 'UNREACHABLE';
      notBefore = reachable ? (blockedUntil?.getTime() ?? 0) : 0;
      unwantedAt = unwanted?.getTime() ?? unwantedAt;
    },

    timePassed: (now: Date): void => {
      const takenAt = pendingOne()?.takenAt ?? null;
      if (status === 'PENDING' && takenAt !== null && now.getTime() >= takenAt + rules.resendIntervalMs)
        status = 'NO_RESPONSE';
    },

    prompted: (id: string): void => {
      if (!prompts.has(id)) prompts.set(id, ++turn);
    },

    identityChanged: (when: Date): void => {
      if (status !== 'OPTED_IN' || (yes && second(when.getTime()) < second(yes.at))) return;
      status = 'SUSPENDED';
      revoked(when.getTime(), false);
    },

    recorded: (granted: boolean, when: Date): string | null => {
      const at = when.getTime();
      if (!granted) becomeOut(at, false);
      else if (status === 'OPTED_OUT' && !yesCounts(at)) return 'CONTACT_OPTED_OUT';
      else if (status === 'SUSPENDED' && !yesCounts(at)) return 'CONTACT_SUSPENDED';
      else becomeIn(at, false);
      return null;
    },

    answered: ({ at: when, meaning, names }: ModelAnswer): void => {
      const at = when.getTime();
      const shown = shownAt(names);
      const afterStop = shown !== null && shown > stopTurn;
      const afterYes = shown !== null && shown > yesTurn;
      const olderThanYes = !afterYes && yes !== null && second(at) < second(yes.at);
      switch (meaning) {
        case 'OTHER':
          return;
        case 'YES':
          if (names !== null && shown === null) return;
          if (status === 'SUSPENDED' || (!afterStop && !yesCounts(at))) return;
          if (status !== 'OPTED_IN') becomeIn(at, true);
          else if (doubt && ((shown !== null && shown > doubt.turn) || second(at) >= second(doubt.at)))
            becomeIn(at, true);
          else if (!yes || second(at) > second(yes.at)) {
            yes = { at, own: true };
            yesTurn = settledTurn = ++turn;
          }
          return;
        case 'DOUBT':
          if (!olderThanYes && (status === 'OPTED_IN' || waits())) doubt ??= { at, turn: ++turn };
          return;
        case 'NO':
        case 'STOP': {
          if (olderThanYes) return;
          if (status === 'OPTED_OUT') {
            if (!stop || second(at) > second(stop.at)) revoked(at, true);
            return;
          }
          const askedFor = waits() && at >= (pendingOne()?.askedAt ?? Infinity) - CLOCKS_DIFFER_MS;
          if (meaning === 'STOP' || names !== null || askedFor) becomeOut(at, true);
        }
      }
    },
  };
}
