import type { Clock } from '../domain/ports/clock.js';

/** The longest time that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Who is woken. */
export type Sleeper = { readonly wake: () => void };

type Alarm = { readonly sleepers: Set<Sleeper>; timer: NodeJS.Timeout };

/** Wakes each sleeper at its time. All who want to be woken at one time share a timer, as those whose tokens end together. */
export function createAlarms({ clock }: { readonly clock: Clock }) {
  const alarms = new Map<number, Alarm>();

  function timerFor(at: number): NodeJS.Timeout {
    const left = at - clock.now().getTime();
    return setTimeout(ring, Math.min(Math.max(0, left), MAX_TIMER_MS), at);
  }

  function ring(at: number): void {
    const alarm = alarms.get(at);
    if (!alarm) return;
    if (clock.now().getTime() < at) {
      alarm.timer = timerFor(at);
      return;
    }
    alarms.delete(at);
    for (const sleeper of alarm.sleepers) sleeper.wake();
  }

  return {
    set: (at: number, sleeper: Sleeper): void => {
      const alarm = alarms.get(at) ?? { sleepers: new Set(), timer: timerFor(at) };
      alarms.set(at, alarm);
      alarm.sleepers.add(sleeper);
    },
    clear: (at: number, sleeper: Sleeper): void => {
      const alarm = alarms.get(at);
      if (!alarm?.sleepers.delete(sleeper) || alarm.sleepers.size > 0) return;
      clearTimeout(alarm.timer);
      alarms.delete(at);
    },
  };
}

export type Alarms = ReturnType<typeof createAlarms>;
