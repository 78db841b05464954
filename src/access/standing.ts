import type { Clock } from '../domain/ports/clock.js';
import type { Permission, Revocations } from '../domain/ports/revocations.js';

/** How long an answer stands: a token that is revoked is refused after this at the latest. */
const KNOWN_FOR_MS = 3_000;
const MOST_KNOWN = 10_000;

type Question = {
  readonly permission: Permission;
  readonly resolve: (valid: boolean) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Tells of each caller whether their token still counts. Those who ask while others are being asked about go together in
 * the next question, so that many callers cost few statements.
 */
export function createStanding(options: { readonly revocations: Revocations; readonly clock: Clock }) {
  const { revocations, clock } = options;
  const known = new Map<string, { readonly valid: boolean; readonly until: number }>();
  let waiting: Question[] = [];
  let asking = false;

  async function askAll(): Promise<void> {
    if (asking) return;
    asking = true;
    while (waiting.length > 0) {
      const questions = waiting;
      waiting = [];
      try {
        const answers = await revocations.stillValid(questions.map(({ permission }) => permission));
        questions.forEach(({ resolve }, index) => resolve(answers[index] ?? false));
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    asking = false;
  }

  function remember(name: string, valid: boolean): void {
    known.delete(name);
    const [oldest] = known.keys();
    if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
    known.set(name, { valid, until: clock.now().getTime() + KNOWN_FOR_MS });
  }

  return {
    async isValid(permission: Permission): Promise<boolean> {
      const { organizationId, subject, issuedAt } = permission;
      const name = JSON.stringify([organizationId, subject, issuedAt]);
      const answer = known.get(name);
      if (answer !== undefined && clock.now().getTime() < answer.until) return answer.valid;
      const valid = await new Promise<boolean>((resolve, reject) => {
        waiting.push({ permission, resolve, reject });
        void askAll();
      });
      remember(name, valid);
      return valid;
    },
  };
}
