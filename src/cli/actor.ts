import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';

const NAME = /^\P{Cc}{1,200}$/u;

/** Reads who is said to do it. */
export function actorNamed(text: string): string {
  const name = text.trim();
  if (NAME.test(name)) return name;
  throw new InvalidArgumentError('It is a name of 1 to 200 characters, for example "Dana, ticket 4711".');
}

/** Who does it when nobody says so. Not every account of a container has a name. */
export function accountName(): string {
  try {
    return `operator:${userInfo().username}`;
  } catch {
    return 'operator:unknown';
  }
}
