import { chanceOf } from '../support/chance.js';
import { buttonMessage, textMessage } from '../support/provider-stand-in.js';
import { organizations, type SoakOrganization, type SoakScene } from './soak-scene.js';

/** What a contact last said: the database must come to agree. */
export type Opinion = 'SILENT' | 'YES' | 'STOP';

/** A contact with a phone. */
export type Person = {
  readonly phone: string;
  readonly organization: SoakOrganization;
  /** Null until the agent has asked. */
  id: string | null;
  opinion: Opinion;
  /** What the buttons of the request send back, once it is there; not again after it was answered. */
  buttons: { readonly accept: string; readonly decline: string } | null;
  /** When they last did anything, in seconds: each time later than before. */
  lastAct: number;
};

/** Of a hundred contacts that get a request, so many do this at once; the others take their time. */
const [ACCEPT, SAY_YES, DECLINE] = [65, 15, 8];

/** Contacts who accept, decline, stop and come back, by the provider's webhooks and in the order of their own clocks. */
export function gatherPeople(scene: SoakScene, options: { readonly seed: number; readonly contacts: number }) {
  const chance = chanceOf(options.seed, 'people');
  const people: readonly Person[] = Array.from({ length: options.contacts }, (_, number) => ({
    phone: `+1650${2_000_000 + number}`,
    organization: chance.oneOf(organizations),
    id: null,
    opinion: 'SILENT',
    buttons: null,
    lastAct: 0,
  }));
  const byPhone = new Map(people.map((person) => [person.phone, person]));
  let acts = 0;

  /** The time of the next act. */
  function next(person: Person): { readonly from: string; readonly at: Date } {
    person.lastAct = Math.max(person.lastAct + 1, Math.floor(Date.now() / 1000));
    return { from: person.phone, at: new Date(person.lastAct * 1000) };
  }

  function post({ organization: { phoneNumberId } }: Person, item: object): void {
    acts += 1;
    scene.postOffice.post({ phoneNumberId, kind: 'messages', item });
  }

  function says(person: Person, body: string, opinion: Opinion = person.opinion): void {
    person.opinion = opinion;
    post(person, textMessage({ ...next(person), body }));
  }

  function presses(person: Person, payload: string, opinion: Opinion): void {
    person.opinion = opinion;
    person.buttons = null;
    post(person, buttonMessage({ ...next(person), payload }));
  }

  scene.onTaken(({ to, buttons }) => {
    const person = byPhone.get(to);
    if (!person || !buttons || person.opinion !== 'SILENT') return;
    const turn = chance.from(1, 100);
    if (turn <= ACCEPT) presses(person, buttons.accept, 'YES');
    else if (turn <= ACCEPT + SAY_YES) says(person, 'yes', 'YES');
    else if (turn <= ACCEPT + SAY_YES + DECLINE) presses(person, buttons.decline, 'STOP');
    else person.buttons = buttons;
  });

  return {
    people,
    acts: () => acts,
    /** One of those who were asked does something. */
    act: (): void => {
      const person = chance.oneOf(people);
      if (person.id === null) return;
      actOf(person, chance.from(1, 100));
    },
  };

  function actOf(person: Person, turn: number): void {
    switch (person.opinion) {
      case 'SILENT':
        if (person.buttons && turn <= 60) return presses(person, person.buttons.accept, 'YES');
        return turn <= 50 ? says(person, 'yes', 'YES') : says(person, 'who is this?');
      case 'YES':
        return turn <= 30 ? says(person, 'STOP', 'STOP') : says(person, turn <= 60 ? 'yes' : 'thanks');
      case 'STOP':
        return turn <= 80 ? says(person, 'yes', 'YES') : says(person, turn <= 90 ? 'stop' : 'hm');
    }
  }
}
